"""The coasts of the world: Natural Earth's land at 1:110 million, in the public domain (naturalearthdata.com)."""

import csv
from functools import cache

from landmark.core.directories import PACKAGE_DATA


@cache
def coastline() -> tuple[tuple[float | None, ...], tuple[float | None, ...]]:
    """Return the longitudes and latitudes of the coasts in degrees, with None between one coast and the next.

    >>> longitudes, latitudes = coastline()
    >>> len(longitudes) == len(latitudes), min(filter(None, longitudes)), max(filter(None, longitudes))
    (True, -180.0, 180.0)
    """
    with (PACKAGE_DATA / "coastline.csv").open(encoding="utf-8", newline="") as file:
        rows = [tuple(float(cell) if cell else None for cell in row) for row in list(csv.reader(file))[1:]]
    return tuple(row[0] for row in rows), tuple(row[1] for row in rows)


@cache
def land_path() -> str:
    """Return the land as the path of an SVG whose units are degrees: x is the longitude, y runs south.

    >>> land_path().startswith("M"), land_path().endswith("Z"), "None" in land_path()
    (True, True, False)
    """
    coasts: list[list[str]] = [[]]
    for longitude, latitude in zip(*coastline(), strict=True):
        if longitude is None or latitude is None:
            coasts.append([])
        else:
            coasts[-1].append(f"{longitude:.1f} {-latitude:.1f}")
    return "".join(f"M{'L'.join(coast)}Z" for coast in coasts if coast)
