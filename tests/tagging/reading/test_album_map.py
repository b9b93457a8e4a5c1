"""The map of an album: photos where they are or are proposed to be, and none that is in doubt."""

import json
import re
from pathlib import Path

from landmark.geo.coordinates import Coordinates
from landmark.geo.place_names import PlaceNames
from landmark.tagging import Status, TagRow
from landmark.tagging.reading.album_map import AlbumMap

BERLIN = PlaceNames("", "Berlin", "Berlin", "Germany", "DE")
AT = Coordinates(52.52, 13.405)


def test_each_photo_stands_where_it_is_by_what_is_known_of_it(tmp_path: Path) -> None:
    made = AlbumMap(tmp_path / "map.html", tmp_path / "album")
    for row in (
        TagRow(f"{tmp_path}/album/a.jpg", Status.HAS_GPS, "", known=AT, names=BERLIN),
        TagRow(f"{tmp_path}/album/b.jpg", Status.SUSPECT, "", known=AT, names=BERLIN),
        TagRow(f"{tmp_path}/album/c.jpg", Status.NEAR_OTHERS, "", coordinates=AT, names=BERLIN),
        TagRow(f"{tmp_path}/album/d.jpg", Status.ON_TRACK, "", coordinates=AT, names=BERLIN),
        TagRow(f"{tmp_path}/album/e.jpg", Status.DOUBTFUL, "", "Petra", coordinates=Coordinates(30.3, 35.4)),
        TagRow(f"{tmp_path}/album/f.jpg", Status.RECOGNISED, "", "Yosemite National Park"),
        TagRow(f"{tmp_path}/album/g.jpg", Status.UNKNOWN, ""),
    ):
        made.add(row)
    page = made.write("7 photos").read_text()
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    data = json.loads(found[1])
    shown = {cell[5][0]: data["kinds"][cell[2]][0] for cell in data["cells"]}
    assert shown == {"a.jpg": "had GPS", "b.jpg": "suspect", "c.jpg": "by nearby photos", "d.jpg": "new"}
    assert data["places"] == ["Berlin, Germany", "Petra", "Yosemite National Park"]
    assert "1 photo, 1 doubtful, not on the map" in page and "1 photo, 1 without a position" in page
