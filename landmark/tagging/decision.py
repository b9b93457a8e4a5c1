"""The decision about each photo, from its metadata, the model's answer, tracks and photos nearby in time: one row.

GPS that a photo has is respected and only compared. A landmark is proposed where its belief is high enough, a position
on a track before it; nearby photos alone propose a place only where that is asked for. What is not sure enough is
doubtful.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from landmark.core.text import confidence_text, km_text
from landmark.geo.coordinates import distance_km
from landmark.geo.place import Place
from landmark.geo.tracks.placing import AGREE_KM, TrackPosition
from landmark.metadata.merging import PhotoMetadata
from landmark.metadata.place_tag import PositionMethod
from landmark.model.answer import Answer
from landmark.model.own_position import OwnPosition
from landmark.tagging.evidence.heard import Surroundings, hear
from landmark.tagging.evidence.nearby import NearbyPhoto, nearest_of_each, propose_near
from landmark.tagging.evidence.posterior import Belief, judge, probability_right
from landmark.tagging.evidence.screenshots import WORDS, is_screenshot
from landmark.tagging.evidence.weights import read_weights
from landmark.tagging.policy import Policy
from landmark.tagging.rows import Status, TagRow
from landmark.tagging.track_positions import NO_ZONE

WIDE_KM = 5.0  # a landmark wider than this is no point on a map
NEARBY_PHOTOS = "nearby photos"  # what a position is from that they alone propose
_DOUBTFUL = 0.5  # the belief from which on a supported candidate is shown to a person


def decide(
    photo: str,
    metadata: PhotoMetadata,
    answer: Answer,
    around: Surroundings,
    places: Mapping[str, Place],
    threshold: float,
    policy: Policy,
) -> TagRow:
    """Decide on a photo: return its row. `places` are those of the landmarks, `threshold` the confidence needed."""
    row = TagRow.of_metadata(photo, metadata)
    row = replace(row, candidates=answer.candidates, warnings=(*row.warnings, *answer.warnings))
    if row.status is Status.TAGGED:
        return row
    if answer.error:
        return replace(row, status=Status.UNREADABLE, reason="cannot be read", error=answer.error)
    if row.status is Status.HAS_GPS:
        return _compare_with_track(_compare(row, places, threshold, policy), around.on_track)
    weights = read_weights()
    beliefs = judge(row.candidates, places, hear(around, policy.neighbours_min), weights)
    row = replace(row, beliefs=tuple((one.candidate.landmark, probability_right(one, weights)) for one in beliefs))
    if around.on_track:
        return _put_on_track(row, beliefs, around.on_track, threshold, policy)
    row = _propose(row, beliefs, threshold, policy)
    if row.proposed and is_screenshot(photo, metadata):
        row = replace(row, status=Status.DOUBTFUL, against=(*row.against, WORDS))
    if not row.proposed and policy.propose_nearby_min:
        row = _put_near(row, list(nearest_of_each(around.nearby)), threshold, policy)
    return _give_coordinates(_tell_of_track(row, around.track), policy)


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


def _compare_with_track(row: TagRow, track: TrackPosition | None) -> TagRow:
    """Say so where the GPS of a photo is far from where a track was at its time."""
    if row.known is None or track is None:
        return row
    apart_km = distance_km(row.known, track.coordinates)
    if apart_km <= track.radius_km + AGREE_KM:
        return row
    found = f"its GPS from {row.known_from} is {km_text(apart_km)} from where {track.source} was at its time"
    return replace(row, warnings=(*row.warnings, found))


def _propose(row: TagRow, beliefs: Sequence[Belief], threshold: float, policy: Policy) -> TagRow:
    """Propose the landmark that is believed most, or show a person what is not sure enough."""
    if not beliefs:
        return replace(row, reason="no picture of it was looked at")
    # nearby photos help only candidates that the model itself holds possible
    able = [one for one in beliefs if one.candidate.confidence >= min(policy.lowest, threshold)]
    best, first = max(able, key=lambda one: one.belief, default=beliefs[0]), beliefs[0]
    if best in able and best.belief >= threshold:
        sure = best.candidate.confidence >= threshold
        status = Status.RECOGNISED if sure else Status.RECOGNISED_WITH_NEIGHBOURS
        return _with_landmark(row, best, status, "" if sure else _support(best))
    if first.candidate.confidence >= threshold:
        return _doubt(row, first, threshold)
    if best in able and best.belief >= _DOUBTFUL and _support(best):
        found = _with_landmark(row, best, Status.DOUBTFUL, _support(best))
        needed = f"{confidence_text(best.belief)} sure with these photos, {confidence_text(threshold)} are needed"
        return replace(found, against=(*found.against, needed))
    named = f"{first.candidate.landmark}, {confidence_text(first.candidate.confidence)}"
    return replace(row, reason=f"no landmark I know (nearest: {named})", confidence=first.candidate.confidence)


def _with_landmark(row: TagRow, found: Belief, status: Status, more: str) -> TagRow:
    return replace(
        row,
        status=status,
        reason=f"recognised {confidence_text(found.candidate.confidence)}{more}",
        landmark=found.candidate.landmark,
        confidence=found.candidate.confidence,
        belief=found.belief,
        place=found.place,
        probability=probability_right(found, read_weights()),
        against=tuple(dict.fromkeys(str(one) for one in found.evidence if one.contradicts)),
    )


def _doubt(row: TagRow, found: Belief, threshold: float) -> TagRow:
    """Return the row with a landmark that all that is known makes less than sure, though recognition alone is."""
    contradicted = _with_landmark(row, found, Status.DOUBTFUL, ", and contradicted")
    if contradicted.against:
        return contradicted
    needed = f"{confidence_text(found.belief)} sure by all that is known, {confidence_text(threshold)} are needed"
    return replace(_with_landmark(row, found, Status.DOUBTFUL, ", and not confirmed"), against=(needed,))


def _support(found: Belief) -> str:
    """Return what speaks most for a candidate, as the end of its reason."""
    supporting = [one for one in found.evidence if one.supports]
    return f"; {max(supporting, key=lambda one: one.weight)}" if supporting else ""


def _put_on_track(
    row: TagRow, beliefs: Sequence[Belief], track: TrackPosition, threshold: float, policy: Policy
) -> TagRow:
    """Give a photo its position on a track, which goes before that of a landmark.

    Where a sure landmark stands elsewhere (a poster, or a wrong clock), what is likelier stands, in doubt if need be.
    """
    right = read_weights().track_right
    conflict = next((one for one in beliefs[:1] if _is_elsewhere(one, track, threshold, policy)), None)
    found = row if conflict else _propose(row, beliefs, threshold, policy)
    probability = right["alone"] * (1 - conflict.belief) if conflict else right["alone"]
    if conflict and conflict.belief >= _DOUBTFUL:
        return _give_coordinates(_with_landmark(row, conflict, Status.DOUBTFUL, ", and contradicted"), policy)
    if found.proposed:
        reason, probability = f"{track}; {found.reason}", right["agrees"]
    else:
        found, reason = row, str(track)
    return replace(
        found,
        status=Status.DOUBTFUL if conflict and probability < threshold else Status.ON_TRACK,
        reason=reason,
        coordinates=track.coordinates,
        method=PositionMethod.TRACK,
        position_from=track.source,
        position_radius_km=track.radius_km,
        probability=probability,
        against=(_stands_elsewhere(conflict, track),) if conflict else found.against,
    )


def _is_elsewhere(one: Belief, track: TrackPosition, threshold: float, policy: Policy) -> bool:
    """Return whether the model is sure of a landmark that cannot be seen from where the track was."""
    if one.candidate.confidence < threshold or one.place is None or one.place.coordinates is None:
        return False
    apart_km = distance_km(one.place.coordinates, track.coordinates)
    return apart_km - (one.place.radius_km or 0.0) - track.radius_km > policy.suspect_km


def _stands_elsewhere(one: Belief, track: TrackPosition) -> str:
    assert one.place and one.place.coordinates
    apart = km_text(distance_km(one.place.coordinates, track.coordinates))
    recognised = f"recognised {confidence_text(one.candidate.confidence)}"
    return f"{one.candidate.landmark} ({recognised}) stands {apart} from where {track.source} was"


def _tell_of_track(row: TagRow, track: TrackPosition | str | None) -> TagRow:
    """Say why a photo is on no track: where it has no place, or where a person can help."""
    if not isinstance(track, str):
        return row
    if row.proposed or row.status is Status.DOUBTFUL:
        is_to_mend = track.startswith(NO_ZONE)  # to be outside of a hike among weeks of photos is no news
        return replace(row, warnings=(*row.warnings, f"on no track: {track}")) if is_to_mend else row
    return replace(row, reason=f"{row.reason}; on no track: {track}")


def _put_near(row: TagRow, nearby: Sequence[NearbyPhoto], threshold: float, policy: Policy) -> TagRow:
    """Give a photo without a place that of the photos around it, unless a landmark speaks against it."""
    near = propose_near(nearby, policy.propose_nearby_min, read_weights())
    if near is None:
        return row
    is_contradicted = row.status is Status.DOUBTFUL and row.landmark is not None
    probability = near.probability * (1 - (row.belief or 0.0) if is_contradicted else 1)
    if is_contradicted and probability < threshold:
        return row
    against = (f"{row.landmark} is {row.reason}",) if is_contradicted else ()
    return replace(
        row,
        status=Status.NEAR_OTHERS,
        reason=near.reason,
        landmark=None,
        belief=None,
        place=None,
        coordinates=near.coordinates,
        method=PositionMethod.NEARBY,
        position_from=NEARBY_PHOTOS,
        position_radius_km=near.radius_km,
        probability=probability,
        against=against,
    )


def _give_coordinates(row: TagRow, policy: Policy) -> TagRow:
    """Add the coordinates of the landmark that is proposed, unless it is wide or its place is not known."""
    place = row.place
    if row.position_from or not (row.proposed or row.status is Status.DOUBTFUL):
        return row
    if place is None or place.coordinates is None:
        return replace(row, reason=f"{row.reason}; its place is not known: names only")
    if 2 * (place.radius_km or 0) > WIDE_KM and not policy.wide:
        return replace(row, reason=f"{row.reason}; {2 * (place.radius_km or 0):g} km wide: names only")
    return replace(row, coordinates=place.coordinates)
