"""The decision about each photo, from its metadata, the model's answer and photos taken minutes apart: one row.

GPS that a photo has is respected and only compared. A landmark is proposed where the model is sure enough, or nearly so
and nearby photos agree; nearby photos alone propose nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from landmark.core.errors import ConfigurationError
from landmark.core.text import confidence_text, km_text
from landmark.geo.coordinates import distance_km
from landmark.geo.place import Place
from landmark.geo.tracks.placing import AGREE_KM, TrackPosition
from landmark.metadata.merging import PhotoMetadata
from landmark.metadata.place_tag import PositionMethod
from landmark.model.answer import Answer, Candidate
from landmark.model.own_position import SUSPECT_KM, OwnPosition
from landmark.tagging.evidence.nearby import Evidence, NearbyPhoto, minutes_text, update_confidence, weigh
from landmark.tagging.rows import Status, TagRow

WIDE_KM = 5.0  # a landmark wider than this is no point on a map


@dataclass(frozen=True)
class Policy:
    """What is proposed, and what is written.

    `threshold` is the confidence from which on a landmark is proposed (None: the model's own). Photos up to
    `neighbours_min` minutes apart count as evidence (0: none). `wide` also gives landmarks wider than 5 km coordinates.
    `clocks_s` maps cameras to the seconds by which their clocks are behind that of the camera with most photos,
    `zones_s` to those that they are ahead of UTC. `tracks` are files or folders of tracks, on which photos are placed
    by time; `zone` is that of camera clocks without one (+02:00, Europe/Paris), and gaps of up to `track_gap_min`
    between two fixes are bridged.

    >>> Policy(threshold=70)
    Traceback (most recent call last):
        ...
    landmark.core.errors.ConfigurationError: Found threshold = 70. Expected a fraction from 0 to 1, such as 0.7.
    """

    threshold: float | None = None
    neighbours_min: float = 90.0
    wide: bool = False
    suspect_km: float = SUSPECT_KM  # GPS this far from the landmark's outer edge is suspect
    lowest: float = 0.3  # the model's own confidence without which no nearby photo helps
    clocks_s: Mapping[str, float] = field(default_factory=dict)
    zones_s: Mapping[str, float] = field(default_factory=dict)
    tracks: Sequence[str] = ()
    zone: str | None = None
    track_gap_min: float = 30.0

    def __post_init__(self) -> None:
        for name in ("threshold", "lowest"):
            value = getattr(self, name)
            if value is not None and not 0 <= value <= 1:
                raise ConfigurationError(f"Found {name} = {value}. Expected a fraction from 0 to 1, such as 0.7.")
        for name in ("neighbours_min", "suspect_km", "track_gap_min"):
            if not getattr(self, name) >= 0:
                raise ConfigurationError(f"Found {name} = {getattr(self, name)}. Expected 0 or more.")
        self._check_kinds()

    def _check_kinds(self) -> None:
        """Raise `ConfigurationError` for values of another kind, such as a file of decisions may hold."""
        if not isinstance(self.tracks, list | tuple) or not all(isinstance(one, str) for one in self.tracks):
            raise ConfigurationError(f"Found tracks = {self.tracks!r}. Expected a list of files or folders, as text.")
        if not (self.zone is None or isinstance(self.zone, str)):
            raise ConfigurationError(f"Found zone = {self.zone!r}. Expected text such as '+02:00'.")
        for name in ("clocks_s", "zones_s"):
            found = getattr(self, name)
            if not isinstance(found, Mapping) or not all(isinstance(one, int | float) for one in found.values()):
                raise ConfigurationError(f"Found {name} = {found!r}. Expected seconds by camera.")


@dataclass(frozen=True)
class _Weighed:
    """A candidate with the evidence of nearby photos; `belief` is the confidence after it."""

    candidate: Candidate
    place: Place | None
    belief: float
    evidence: tuple[Evidence, ...]


def decide(
    photo: str,
    metadata: PhotoMetadata,
    answer: Answer,
    nearby: Sequence[NearbyPhoto],
    places: Mapping[str, Place],
    threshold: float,
    policy: Policy,
    track: TrackPosition | str | None = None,
) -> TagRow:
    """Decide on a photo: return its row. `places` are those of the landmarks, `threshold` the confidence needed.

    `track` is where a track says it was taken, or why it does not; None without tracks.
    """
    row = TagRow.of_metadata(photo, metadata)
    row = replace(row, candidates=answer.candidates, warnings=(*row.warnings, *answer.warnings))
    if row.status is Status.TAGGED:
        return row
    if answer.error:
        return replace(row, status=Status.UNREADABLE, reason="cannot be read", error=answer.error)
    if row.status is Status.HAS_GPS:
        return _compare_with_track(_compare(row, places, threshold, policy), track)
    row = _propose(row, nearby, places, threshold, policy)
    return _put_on_track(row, track, policy) if track else _give_coordinates(row, policy)


def _compare(row: TagRow, places: Mapping[str, Place], threshold: float, policy: Policy) -> TagRow:
    """Keep the GPS of a photo; where the landmark stands far from it, the row says so."""
    if not row.candidates or row.candidates[0].confidence < threshold:
        return row
    best = row.candidates[0]
    place = places.get(best.landmark)
    row = replace(row, landmark=best.landmark, confidence=best.confidence, belief=best.confidence, place=place)
    if place is None or row.known is None:
        return row
    own = OwnPosition(row.known, row.known_from or "metadata")
    row = replace(row, distance_km=own.distance_km(place))
    if not own.is_suspect(place, policy.suspect_km):
        return row
    return replace(row, status=Status.SUSPECT, reason=own.suspicion(place, best.confidence))


def _compare_with_track(row: TagRow, track: TrackPosition | str | None) -> TagRow:
    """Say so where the GPS of a photo is far from where a track was at its time."""
    if row.known is None or not isinstance(track, TrackPosition):
        return row
    apart_km = distance_km(row.known, track.coordinates)
    if apart_km <= track.radius_km + AGREE_KM:
        return row
    found = f"its GPS from {row.known_from} is {km_text(apart_km)} from where {track.source} was at its time"
    return replace(row, warnings=(*row.warnings, found))


def _put_on_track(row: TagRow, track: TrackPosition | str, policy: Policy) -> TagRow:
    """Give a photo its position on a track, which goes before that of a landmark; or say why it has none."""
    if isinstance(track, str):
        if row.proposed:
            return _give_coordinates(replace(row, warnings=(*row.warnings, f"on no track: {track}")), policy)
        return replace(row, reason=f"{row.reason}; on no track: {track}")
    reason = str(track)
    if row.proposed and row.landmark:
        stands_at = row.place.coordinates if row.place else None
        apart_km = distance_km(stands_at, track.coordinates) if stands_at else 0.0
        reach_km = (row.place.radius_km if row.place else None) or 0.0
        if apart_km - reach_km - track.radius_km > policy.suspect_km:  # what is on a poster, or a wrong clock
            found = f"{row.landmark} ({row.reason}) stands {km_text(apart_km)} from where {track.source} was"
            row = replace(row, landmark=None, place=None, belief=None, warnings=(*row.warnings, found))
        else:
            reason = f"{reason}; {row.reason}"
    return replace(
        row,
        status=Status.ON_TRACK,
        reason=reason,
        coordinates=track.coordinates,
        method=PositionMethod.TRACK,
        position_from=track.source,
        position_radius_km=track.radius_km,
    )


def _propose(
    row: TagRow, nearby: Sequence[NearbyPhoto], places: Mapping[str, Place], threshold: float, policy: Policy
) -> TagRow:
    weighed = []
    for candidate in row.candidates:
        place = places.get(candidate.landmark)
        evidence = tuple(weigh(place, nearby)) if place else ()
        weighed.append(_Weighed(candidate, place, update_confidence(candidate.confidence, evidence), evidence))
    if not weighed:
        return replace(row, reason="no picture of it was looked at")
    # nearby photos help only candidates that the model itself holds possible
    able = [one for one in weighed if one.candidate.confidence >= min(policy.lowest, threshold)]
    best = max(able, key=lambda one: one.belief, default=weighed[0])
    own = confidence_text(best.candidate.confidence)
    support = next((str(one) for one in best.evidence if one.supports), None)
    if best in able and best.belief >= threshold:
        sure = best.candidate.confidence >= threshold
        return replace(
            row,
            status=Status.RECOGNISED if sure else Status.RECOGNISED_WITH_NEIGHBOURS,
            reason=f"recognised {own}" + (f", and {support}" if support and not sure else ""),
            landmark=best.candidate.landmark,
            confidence=best.candidate.confidence,
            belief=best.belief,
            place=best.place,
        )
    first = weighed[0]
    against = tuple(_objection(one) for one in first.evidence if not one.supports)
    if first.candidate.confidence >= threshold and against:  # for a person to decide on
        return replace(
            row,
            status=Status.DOUBTFUL,
            reason=f"recognised {confidence_text(first.candidate.confidence)}, and contradicted",
            landmark=first.candidate.landmark,
            confidence=first.candidate.confidence,
            belief=first.belief,
            place=first.place,
            against=against,
        )
    found = f"nearest: {first.candidate.landmark}, {confidence_text(first.candidate.confidence)}"
    return replace(row, reason=f"no landmark I know ({found})", confidence=first.candidate.confidence)


def _objection(one: Evidence) -> str:
    """Return in words what speaks against a place."""
    return f"{km_text(one.distance_km)} from {one.nearby.photo}, {minutes_text(one.nearby.minutes)} apart"


def _give_coordinates(row: TagRow, policy: Policy) -> TagRow:
    """Add the coordinates of the landmark that is proposed, unless it is wide or its place is not known."""
    place = row.place
    if not (row.proposed or row.status is Status.DOUBTFUL):
        return row
    if place is None or place.coordinates is None:
        return replace(row, reason=f"{row.reason}; its place is not known: names only")
    if 2 * (place.radius_km or 0) > WIDE_KM and not policy.wide:
        return replace(row, reason=f"{row.reason}; {2 * (place.radius_km or 0):g} km wide: names only")
    return replace(row, coordinates=place.coordinates)
