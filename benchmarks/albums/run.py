"""Tag written albums with the answers of their pool in place of a network: a row of JSON for each photo.

    PYTHONPATH=CHECKOUT python benchmarks/albums/run.py JOBS.json

The jobs are a list of such as {"album": FOLDER, "answers": FILE, "rows": FILE, "policy": {"neighbours_min": 90}}.

Runs by itself with whatever checkout stands in PYTHONPATH, so that two builds tag the same album.
"""

import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from landmark.model.answer import Answer, Candidate
from landmark.model.bundle import load_bundle
from landmark.photo import DEFAULT_LIMITS
from landmark.tagging import AlbumTagging, Policy


class PooledPredictor:
    """What tagging needs of a predictor: it answers each path of an album from a table, and decodes nothing."""

    def __init__(self, album: Path, answers: Mapping[str, Sequence[tuple[str, float]]]) -> None:
        self.album, self.answers = Path(os.path.abspath(album)), answers
        self.bundle = load_bundle()
        self.limits = DEFAULT_LIMITS

    def locate_each(self, photos: Iterable[Path], *, top: int = 5, **_: Any) -> Iterator[Answer]:
        """Yield the answers in order."""
        threshold = self.bundle.calibration.threshold
        places = dict(zip(self.bundle.categories, self.bundle.places, strict=True))
        for photo in photos:
            path = Path(os.path.abspath(photo)).relative_to(self.album).as_posix()
            candidates = tuple(Candidate(name, confidence) for name, confidence in self.answers[path][:top])
            best = candidates[0]
            is_sure = best.confidence >= threshold
            place = places[best.landmark] if is_sure else None
            yield Answer(str(photo), best.landmark if is_sure else None, best.confidence, candidates, place)


def tag(album: Path, answers: Path, policy: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the rows of an album by path below it, with all that a row holds of its candidates."""
    predictor: Any = PooledPredictor(album, json.loads(answers.read_text()))
    for row in AlbumTagging(album, predictor, Policy(**policy)).rows():
        found = row.to_row()
        found["photo"] = Path(row.photo).relative_to(album).as_posix()
        found["method"] = row.method.value
        beliefs = getattr(row, "beliefs", None)  # (landmark, probability) of each candidate, refused ones too
        found["beliefs"] = [list(one) for one in beliefs] if beliefs else None
        yield found


def main() -> None:
    """Tag the albums of the jobs, one after the other."""
    for job in json.loads(Path(sys.argv[1]).read_text()):
        with Path(job["rows"]).open("w") as file:
            for row in tag(Path(job["album"]), Path(job["answers"]), job["policy"]):
                file.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    main()
