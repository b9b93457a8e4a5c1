"""Which JSON of a Google Takeout is whose, by the names of a whole folder: as Google makes them, and in odd cases."""

from collections import Counter

import pytest
from factories.takeout import SUFFIX, Wanted, take_out
from hypothesis import given
from hypothesis import strategies as st

from landmark.metadata.takeout_matching import TakeoutMatching

STEMS = st.one_of(
    st.sampled_from(["a", "A", "a(1)", "a(1)(1)", "IMG_1", "b-c", "b", "caf\u00e9", "cafe\u0301", "a&b", "a?b", "a_b"]),
    st.sampled_from(["St. Moritz", "x.MP", "Holiday in the green hills of the Eifel (38)", "\u65e5\u672c", "\u65e5_"]),
    st.builds(lambda n, sign, end: sign * n + end, st.integers(36, 56), st.sampled_from("k\u00e9\u65e5"),
              st.sampled_from(["", "x", "y", "(1)"])),
    st.builds(lambda n, end: "\U0001f600" * n + end, st.integers(20, 26), st.sampled_from(["", "x", "y"])),
    st.text(st.characters(codec="utf-8", exclude_characters="/\0", exclude_categories=("Cc", "Cs", "Zl", "Zp")),
            min_size=1, max_size=60),
)  # fmt: skip
WANTED = st.builds(
    lambda stem, extension, word, bare: Wanted(stem + extension, word, bare),
    STEMS,
    st.sampled_from([".jpg", ".JPG", ".png", ".heic", ".jpeg", ".mp4"]),
    st.sampled_from([None, None, "edited", "bearbeitet", "ha editado", "\u7de8\u96c6\u6e08\u307f"]),
    st.sampled_from([False, False, False, True]),
)


def match(names: list[str], titles: dict[str, str] | None = None) -> TakeoutMatching:
    jsons = [name for name in names if name.lower().endswith(".json")]
    return TakeoutMatching([name for name in names if name not in jsons], jsons, (titles or {}).get)


@given(st.lists(WANTED, min_size=1, max_size=7), st.sampled_from([SUFFIX, ""]))
def test_no_photo_gets_the_json_of_another(wanted: list[Wanted], suffix: str) -> None:
    taken = take_out(wanted, suffix)
    photos = [one.photo for one in taken] + [one.copy for one in taken if one.copy]
    found = TakeoutMatching(photos, [one.json for one in taken], {one.json: one.title for one in taken}.get)
    for one in taken:
        for photo in filter(None, (one.photo, one.copy)):
            assert found.find(photo).files in ((one.json,), ())


@given(WANTED, st.sampled_from([SUFFIX, ""]), st.integers(0, 2))
def test_photos_of_one_name_each_get_their_own(wanted: Wanted, suffix: str, others: int) -> None:
    taken = take_out([wanted, *[Wanted(wanted.title, None, wanted.without_extension)] * others], suffix)
    found = TakeoutMatching([one.photo for one in taken], [one.json for one in taken])
    assert [found.find(one.photo).files for one in taken] == [(one.json,) for one in taken]
    if (copy := taken[0].copy) and copy not in Counter(one.photo for one in taken):
        assert found.find(copy).files in ((taken[0].json,), ())


LONG = "a_photo_with_a_very_long_name_that_google_cuts_off"
FORTY_THREE = "Grandmother at the birthday in our new home"


@pytest.mark.parametrize(
    ("photo", "beside"),
    [
        ("IMG_1.jpg", "IMG_1.jpg.json"),
        ("IMG_1(2).jpg", "IMG_1.jpg(2).json"),
        ("IMG_2(1).jpg", "IMG_2.jpg.supplemental-metadata(1).json"),
        ("IMG_3(1).jpg", "IMG_3.jpg(1).supplemental-metadata.json"),
        ("IMG_4(1).jpg", "IMG_4(1).jpg.supplemental-metadata.json"),
        ("IMG_4(1)(1).jpg", "IMG_4(1).jpg.supplemental-metadata(1).json"),
        ("IMG_5(1).jpg", "IMG_5.JPG.su(1).json"),
        ("IMG_6(1).jpg", "IMG_6.supplemental-metadata(1).json"),
        ("IMG_1-edited.jpg", "IMG_1.jpg.json"),
        ("IMG_1-edited(1).jpg", "IMG_1.jpg.supplemental-metadata(1).json"),
        ("IMG_1(1)-editat(1).jpg", "IMG_1(1).jpg.supplemental-metadata(1).json"),
        ("IMG-20230325-WA0122~2-edited.jpg", "IMG-20230325-WA0122~2.jpg.supplemental-metadat.json"),
        ("IMG_1-EFFECTS-edited.jpg", "IMG_1.jpg.json"),
        ("IMG_1-smile.jpg", "IMG_1.HEIC.supplemental-metadata.json"),
        ("IMG_1-modifie\u0301.jpg", "IMG_1.jpg.json"),
        ("IMG_1-\u043e\u0442\u0440\u0435\u0434\u0430\u043a\u0442.jpg", "IMG_1.supplemental-metadata.json"),
        (f"{FORTY_THREE}-edi.jpg", f"{FORTY_THREE}.jp.json"),
        (f"{FORTY_THREE}xyz-.jpg", f"{FORTY_THREE}xyz.json"),
        (f"{LONG}.jpg", f"{LONG}.jpg"[:46] + ".json"),
        (f"{LONG[:47]}(3).jpg", f"{LONG[:46]}(3).json"),
        ("20190101_120000_some_name.jpg", "20190101_120000_some_name.jpg.supplemental-met.json"),
        ("PXL_20240506_142610305.LONG_EXPOSURE-01.COVER.jpg", "PXL_20240506_142610305.LONG_EXPOSURE-01.COVER..json"),
        (f"{LONG[:44]}(1).jpg", f"{LONG[:44]}.j(1).json"),
        ("\U0001f600" * 24 + ".jpg", "\U0001f600" * 23 + ".json"),
        ("k" + "\U0001f600" * 23 + ".jpg", "k" + "\U0001f600" * 22 + "?.json"),
        ("b.HEIC", "b.heic.json"),
        ("caf\u00e9.jpg", "cafe\u0301.jpg.supplemental-metadata.json"),
        ("cafe\u0301.jpg", "caf\u00e9.jpg.supplemental-metadata.json"),
        ("e\u0301" * 20 + "k" * 8 + ".jpg", "\u00e9" * 20 + "k" * 6 + ".json"),
        ("\u00e9" * 25 + ".jpg", "e\u0301" * 23 + ".json"),
        ("Stra_e.jpg", "Stra\u00dfe.jpg.supplemental-metadata.json"),
        ("Tom & Jerry.jpg", "Tom _ Jerry.jpg.json"),
        ("B__r.jpg", "B\u00e4r.jpg.json"),
        ("IMG_7.MOV", "IMG_7.HEIC.supplemental-metadata.json"),
        ("PXL_1.MP", "PXL_1.MP.jpg.json"),
        ("IMG_0042", "IMG_0042.json"),
    ],
)  # fmt: skip
def test_a_json_is_found(photo: str, beside: str) -> None:
    assert match([photo, beside]).find(photo).files == (beside,)


@pytest.mark.parametrize(
    ("photo", "others"),
    [
        ("IMG_1.jpg", ["IMG_10.jpg.json", "IMG_1.jpg(2).json", "IMG.json", "metadata.json", "Metadaten.json"]),
        ("IMG_1.jpg", ["IMG_1.png.json", "IMG_1.heic.supplemental-metadata.json"]),
        ("IMG_1(1).jpg", ["IMG_1.jpg.json"]),
        ("IMG-20200101-WA0001.jpg", ["IMG-20200101.jpg.json"]),  # a number is no word of an edited copy
        ("P1-2.jpg", ["P1.jpg", "P1.jpg.json"]),
        ("P1-edited.jpg", ["P10.jpg", "P10.jpg.json"]),
        ("B\u00f6r.jpg", ["B\u00e4r.jpg.json"]),
        ("a_b.jpg", ["acb.jpg.json"]),  # plain letters are not replaced
        ("IMG_7.MOV", ["IMG_7.MP4.json"]),
    ],
)
def test_another_json_is_not_taken(photo: str, others: list[str]) -> None:
    assert match([photo, *others]).find(photo).files == ()


def test_the_title_tells_two_photos_of_one_stem_apart() -> None:
    names = ["Lunch.jpg", "Lunch.png", "Lunch.supplemental-metadata.json"]
    found = match(names, {names[2]: "Lunch.png"})
    assert (found.find("Lunch.jpg").files, found.find("Lunch.png").files) == ((), (names[2],))
    for titles in ({}, {names[2]: "Lunch"}):
        found = match(names, titles)
        for photo in names[:2]:
            assert not found.find(photo).files and "Lunch." in (found.find(photo).problem or "")
    alone = match(["Lunch.jpg", names[2]], {names[2]: "Lunch.png"}).find("Lunch.jpg")
    assert not alone.files and "title" in (alone.problem or "")


def test_long_names_that_begin_alike_are_told_apart_by_their_titles() -> None:
    start = LONG[:46]
    photos, jsons = [f"{start}A.jpg", f"{start}B.jpg"], [f"{start}.json", f"{start}(1).json"]
    titles = {jsons[0]: f"{start}B and more.jpg", jsons[1]: f"{start}A and more.jpg"}
    found = match([*photos, *jsons], titles)
    assert [found.find(photo).files for photo in photos] == [(jsons[1],), (jsons[0],)]
    found = match([*photos, *jsons])
    assert all(not found.find(photo).files and found.find(photo).problem for photo in photos)


def test_a_title_finds_a_photo_that_no_name_finds() -> None:
    titles = {"x.json": "In Rome?.jpg", "y.json": "Herbst", "z(2).json": "In Paris.jpg", "&.json": "Tom &amp; J.jpg"}
    found = match(["In Rome_.jpg", "In Paris.jpg", "In Paris(2).jpg", "Tom _ J.jpg", *titles], titles)
    assert found.find("In Rome_.jpg").files == ("x.json",)
    assert found.find("In Paris.jpg").files == () and found.find("In Paris(2).jpg").files == ("z(2).json",)
    assert found.find("Tom _ J.jpg").files == ("&.json",)
    twice = match(["a.jpg", "x.json", "y.json"], {"x.json": "a.jpg", "y.json": "a.jpg"}).find("a.jpg")
    assert twice.files == () and "x.json and y.json" in (twice.problem or "")


def test_a_number_that_may_be_google_s_or_the_photo_s_own_is_refused() -> None:
    found = match(["a.jpg", "a(1).jpg", "a.jpg.json", "a(1).jpg.json", "a.jpg(1).json"])
    assert found.find("a.jpg").files == ("a.jpg.json",)
    assert found.find("a(1).jpg").files == () and "a.jpg(1).json" in (found.find("a(1).jpg").problem or "")
    long = f"{LONG[:47]}.jpg"
    lost = match([long, f"{LONG[:47]}(1).jpg", f"{LONG[:46]}.json"]).find(f"{LONG[:47]}(1).jpg")
    assert lost.files == () and "edited copy" in (lost.problem or "")


def test_the_newer_of_two_exports_goes_first() -> None:
    found = match(["a.jpg", "a.jpg.json", "a.jpg.supplemental-metadata.json"]).find("a.jpg")
    assert found.files == ("a.jpg.supplemental-metadata.json", "a.jpg.json")


def test_a_photo_that_is_not_named_like_one_has_its_json_too() -> None:
    assert match(["a.tmp.supplemental-metadata.json"]).find("a.tmp").files == ("a.tmp.supplemental-metadata.json",)


def test_many_photos_that_one_json_may_be_of_are_named_in_short() -> None:
    photos = [f"{LONG[:46]} {number}.jpg" for number in range(2000)]
    problem = match([*photos, f"{LONG[:46]}.json"]).find(photos[7]).problem or ""
    assert f"{photos[0]} and {photos[1]} and {photos[2]} and others" in problem and len(problem) < 500


def test_twins_by_case_get_the_json_of_their_own_case() -> None:
    found = match(["a.jpg", "A.JPG", "A.JPG.json"])
    assert (found.find("a.jpg").files, found.find("A.JPG").files) == ((), ("A.JPG.json",))


def test_an_original_of_another_format_is_refused_where_there_are_two() -> None:
    names = ["P1-edited.jpg", "P1.HEIC", "P1.HEIC.json", "P1.png", "P1.png.json"]
    found = match(names).find("P1-edited.jpg")
    assert found.files == () and "edited copy" in (found.problem or "")
    assert match([*names, "P1.jpg", "P1.jpg.json"]).find("P1-edited.jpg").files == ("P1.jpg.json",)


NAMES = st.text(
    st.characters(codec="utf-8", exclude_characters="/\0") | st.sampled_from("().-_1s\ud800\udc80"), max_size=70
)


@given(st.lists(NAMES, max_size=6), st.lists(NAMES, max_size=6), st.lists(NAMES | st.none(), min_size=6, max_size=6))
def test_any_names_and_titles_raise_nothing(photos: list[str], jsons: list[str], titles: list[str | None]) -> None:
    names = [f"{one}.json" for one in jsons]
    found = TakeoutMatching([f"{one}.jpg" for one in photos], names, dict(zip(names, titles, strict=False)).get)
    for one in photos:
        assert set(found.find(f"{one}.jpg").files) <= set(names)
        found.find_original(one)


def test_many_names_that_look_alike_are_given_up_quickly() -> None:
    signs = [chr(0x4E00 + number) for number in range(3000)]
    found = TakeoutMatching([f"{one}_.jpg" for one in signs], [f"_{one}.jpg.json" for one in signs])
    assert found.find(f"{signs[0]}_.jpg").files == ()
