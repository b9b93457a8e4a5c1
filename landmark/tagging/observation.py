"""What was observed about one photo of an album, and how it is stored: as JSON in the table of `observations`."""

import json
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from landmark.geo.coordinates import Coordinates
from landmark.geo.place_names import PlaceNames
from landmark.metadata.merging import PhotoMetadata
from landmark.metadata.place_tag import PositionMethod
from landmark.metadata.time_kind import TimeKind
from landmark.model.answer import Answer, Candidate
from landmark.tagging.evidence.times import TimeFault

_TIMES = {"taken": datetime, "gps_time": datetime, "day": date, "library_time": datetime}


@dataclass(frozen=True)
class Observation:
    """The metadata of a file and the model's answer, or why it is skipped."""

    path: Path  # relative to the album
    metadata: PhotoMetadata
    answer: Answer
    skipped: str | None = None
    line: str | None = None  # the timeline that its time is on, and its seconds there
    at_s: float | None = None
    fault: TimeFault | None = None  # why its time is not that of a visit


def to_text(metadata: PhotoMetadata, answer: Answer, skipped: str | None) -> str:
    """Return an observation as JSON, without its path, since an album may be moved."""
    at = metadata.coordinates
    plain: dict[str, Any] = vars(metadata) | {"coordinates": (at.latitude, at.longitude) if at else None}
    plain |= {name: plain[name].isoformat() if plain[name] else None for name in _TIMES}
    plain["names"] = vars(metadata.names) if metadata.names else None
    said = {
        "candidates": [(one.landmark, one.confidence) for one in answer.candidates],
        "warnings": answer.warnings,
        "error": answer.error and answer.error.removeprefix(answer.photo).lstrip(": "),
    }
    return json.dumps({"metadata": plain, "answer": said, "skipped": skipped})


def from_text(
    path: Path, body: str, line: str | None, at_s: float | None, fault: TimeFault | None = None
) -> Observation:
    """Read the observation that `to_text` wrote; `line`, `at_s` and `fault` are what its time is worth at present."""
    found = json.loads(body)
    plain, said = found["metadata"], found["answer"]
    plain["coordinates"] = Coordinates(*plain["coordinates"]) if plain["coordinates"] else None
    plain |= {name: kind.fromisoformat(plain[name]) if plain[name] else None for name, kind in _TIMES.items()}
    plain["names"] = PlaceNames(**plain["names"]) if plain["names"] else None
    plain["time_kind"] = TimeKind(plain["time_kind"]) if plain["time_kind"] else None
    plain["written_by"] = PositionMethod(method) if (method := plain.get("written_by")) else None
    metadata = PhotoMetadata(**plain | {"problems": tuple(plain["problems"])})
    candidates = tuple(Candidate(landmark, confidence) for landmark, confidence in said["candidates"])
    confidence = candidates[0].confidence if candidates else None
    answer = Answer(str(path), None, confidence, candidates, None, tuple(said["warnings"]), said["error"])
    return Observation(path, metadata, answer, found["skipped"], line, at_s, fault)
