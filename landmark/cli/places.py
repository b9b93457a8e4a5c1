"""`landmark places`: the landmarks whose places are known."""

import sys

from landmark.cli.commands import PHOTOS, command
from landmark.cli.printing import end_with_output
from landmark.cli.shared_options import JsonOption, ModelOption


@command(PHOTOS, "landmark places", "landmark places --json")
def places(model: ModelOption = None, as_json: JsonOption = False) -> None:
    """List the landmarks whose places are known; those that the model recognises are marked with a star."""
    from landmark.core.terminal import terminal_columns
    from landmark.dataset.places import known_places
    from landmark.model.answer_text import write_places
    from landmark.model.bundle import load_bundle

    with end_with_output():
        write_places(known_places(load_bundle(model)), as_json=as_json, columns=terminal_columns(sys.stdout))
