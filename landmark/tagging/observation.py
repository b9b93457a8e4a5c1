"""What was seen of one photo of an album, and how it is kept: as JSON in the table of `looks`."""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from landmark.geo.coordinates import Coordinates
from landmark.metadata import PhotoMetadata
from landmark.model.answer import Answer, Candidate


@dataclass(frozen=True)
class Look:
    """What was seen of a file: its metadata and the model's answer, or why it is skipped."""

    path: Path  # from the album on
    metadata: PhotoMetadata
    answer: Answer
    skipped: str | None = None
    line: str | None = None  # the timeline that its time is on, and its seconds there
    at_s: float | None = None


def to_text(metadata: PhotoMetadata, answer: Answer, skipped: str | None) -> str:
    """What was seen of a file, as JSON; its path is not in it, for an album may be moved."""
    at = metadata.coordinates
    plain: dict[str, Any] = vars(metadata) | {
        "coordinates": (at.latitude, at.longitude) if at else None,
        "taken": metadata.taken.isoformat() if metadata.taken else None,
        "gps_time": metadata.gps_time.isoformat() if metadata.gps_time else None,
    }
    said = {
        "candidates": [(one.landmark, one.confidence) for one in answer.candidates],
        "warnings": answer.warnings,
        "error": answer.error and answer.error.removeprefix(answer.photo).lstrip(": "),
    }
    return json.dumps({"metadata": plain, "answer": said, "skipped": skipped})


def from_text(path: Path, body: str, line: str | None, at_s: float | None) -> Look:
    """The look that `to_text` wrote, with the timeline that it is on by now."""
    found = json.loads(body)
    plain, said = found["metadata"], found["answer"]
    metadata = PhotoMetadata(
        **plain
        | {
            "coordinates": Coordinates(*plain["coordinates"]) if plain["coordinates"] else None,
            "taken": datetime.fromisoformat(plain["taken"]) if plain["taken"] else None,
            "gps_time": datetime.fromisoformat(plain["gps_time"]) if plain["gps_time"] else None,
            "problems": tuple(plain["problems"]),
        }
    )
    candidates = tuple(Candidate(landmark, confidence) for landmark, confidence in said["candidates"])
    confidence = candidates[0].confidence if candidates else None
    answer = Answer(str(path), None, confidence, candidates, None, tuple(said["warnings"]), said["error"])
    return Look(path, metadata, answer, found["skipped"], line, at_s)
