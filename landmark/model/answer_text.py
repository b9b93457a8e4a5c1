"""Answers and places as text: lines for people, or one JSON object a line for programs."""

from collections.abc import Iterable

from landmark.core.terminal import cut_text, pad_text, photo_column, wrap_text
from landmark.core.text import confidence_text, json_text, km_text, one_line
from landmark.geo.place import Place
from landmark.model.answer import Answer


def write_answers(
    answers: Iterable[Answer],
    *,
    as_json: bool = False,
    in_full: bool = False,
    photo_width: int = 0,
    columns: int | None = None,
) -> None:
    """Print answers as they come, a line each or in full; lines are cut to `columns`, unless that is None."""
    for answer in answers:
        if as_json:
            print(json_text(answer.to_row()))
        elif in_full:
            print(answer_text(answer, columns))
        else:
            print(answer_line(answer, photo_width, columns))
            for warning in answer.warnings:
                print(_warning_line(warning, photo_width, columns))


def write_places(places: Iterable[tuple[Place, bool]], *, as_json: bool, columns: int | None = None) -> None:
    """Print known places, one a line; the flag says whether the model recognises the landmark.

    Lines are cut to `columns`, unless that is None.
    """
    width = 36 if columns is None else max(12, min(columns - 50, 36))
    for place, recognised in places:
        at = place.coordinates
        if as_json:
            row = {
                "name": place.name,
                "latitude": at.latitude if at else None,
                "longitude": at.longitude if at else None,
                "radius_km": place.radius_km,
                "country": place.country,
                "aliases": list(place.aliases),
                "recognised": recognised,
            }
            print(json_text(row))
        else:
            where = f"{at.latitude:9.4f} {at.longitude:10.4f}" if at else f"{'-':>9} {'-':>10}"
            radius = f"{place.radius_km:g} km" if place.radius_km else ""
            mark = "*" if recognised else " "
            name = place.name if columns is None else cut_text(place.name, width)
            line = f"{mark} {pad_text(name, width)} {where}  {radius:>8}  {_country(place)}".rstrip()
            print(line if columns is None else cut_text(line, columns))


def answer_line(answer: Answer, photo_width: int = 0, columns: int | None = None) -> str:
    """Return one photo's answer in a line, cut to `columns` unless that is None: the photo keeps the end of its name.

    >>> from landmark.model.answer import Candidate
    >>> answer_line(Answer("a.jpg", None, 0.31, (Candidate("Petra", 0.31),), None))
    'a.jpg  no landmark I know (nearest: Petra, 31 %)'

    The photo's own position stands first, and in place of the landmark's.
    """
    members = f"  {{{', '.join(answer.landmark_set)}}}" if answer.landmark_set else ""
    photo, said = one_line(answer.photo), one_line(_said(answer) + members)
    if columns is not None:
        photo = cut_text(photo, photo_column(columns), keep_end=True)
        photo_width = min(photo_width, photo_column(columns))
    line = f"{pad_text(photo, photo_width)}  {said}"
    return line if columns is None else cut_text(line, columns)


def _warning_line(warning: str, photo_width: int, columns: int | None) -> str:
    if columns is None:
        return one_line(f"{'':{photo_width}}  ! {warning}")
    return cut_text(one_line(f"  ! {warning}"), columns)


def answer_text(answer: Answer, columns: int | None = None) -> str:
    """Return one photo's answer in full: its own position, the place, a map, the candidates.

    Sentences are wrapped to `columns`, unless that is None; the address of the map stays whole.
    """
    own = [one_line(f"  its own position: {answer.own}")] if answer.own else []
    if answer.error:
        return "\n".join([*wrap_text(one_line(answer.error), columns), *own])
    lines = [one_line(answer.photo), ""]
    if own:
        lines += [*own, ""]
    if answer.landmark:
        lines.append(f"  {answer.landmark}" + (f", {_country(answer.place)}" if _country(answer.place) else ""))
        lines.append(f"  {confidence_text(answer.confidence)} sure")
        if answer.coordinates and answer.place:
            within = f"  (within {answer.radius_km:g} km)" if answer.radius_km else ""
            lines.append(f"  {_coordinates(answer)}{within}")
            lines.append(f"  {answer.map_link}")
        else:
            lines.append("  its place is not known")
        if answer.suspicion:
            lines += wrap_text(one_line(f"suspect: {answer.suspicion}"), columns, "  ")
    else:
        lines.append("  No landmark I know.")
    lines += ["", "  candidates"]
    width = max(len(candidate.landmark) for candidate in answer.candidates)
    for candidate in answer.candidates:
        bar = "█" * round(candidate.confidence * 20)
        lines.append(f"    {candidate.landmark:{width}}  {confidence_text(candidate.confidence):>6}  {bar}".rstrip())
    if answer.landmark_set:
        lines += ["", f"  set: {', '.join(answer.landmark_set)}"]
    for warning in answer.warnings:
        lines += ["", *wrap_text(f"! {warning}", columns, "  ")]
    return "\n".join(lines)


def _said(answer: Answer) -> str:
    own = str(answer.own) if answer.own else ""
    return "  ".join(filter(None, (own, _recognised(answer))))


def _recognised(answer: Answer) -> str:
    if answer.error:
        # The sentence starts with the photo's name, which stands in front of it already.
        return f"cannot be read: {answer.error.removeprefix(answer.photo).lstrip(': ')}"
    if not answer.landmark:
        best = answer.candidates[0]
        return f"no landmark I know (nearest: {best.landmark}, {confidence_text(best.confidence)})"
    if answer.suspect:
        apart = f"{km_text(answer.distance_km or 0.0)} away"
        return f"suspect: {answer.landmark}  {confidence_text(answer.confidence)}  {apart}"
    at = "" if answer.own else _coordinates(answer)
    parts = (answer.landmark, confidence_text(answer.confidence), at, _country(answer.place))
    return "  ".join(filter(None, parts))


def _coordinates(answer: Answer) -> str:
    at = answer.coordinates
    return f"{at.latitude:.4f}, {at.longitude:.4f}" if at else ""


def _country(place: Place | None) -> str:
    return " / ".join(country.name for country in place.countries) if place else ""
