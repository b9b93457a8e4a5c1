"""The page of a test, its JSON, and the command that writes them: on the base install too."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from factories.bundle import CATEGORIES, make_bundle, make_photo
from factories.markup import LOADING, Markup

from landmark.model.predictor import Predictor
from landmark.scoring import score_bundle
from landmark.scoring.page import scorecard_page, write_scorecard
from landmark.scoring.scorecard import Scorecard

# The base install has none of these; the command is run as if they were not there.
NOT_IN_THE_BASE = ("plotly", "torch", "torchvision", "sklearn", "scipy", "pandas")


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_bundle(tmp_path_factory.mktemp("made") / "model").path


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("photos")
    for index, name in enumerate(CATEGORIES):
        folder = f"{index}.{name.replace(' ', '_')}"
        make_photo(root / "data/train" / folder / "0.png", name)
        make_photo(root / "data/test" / folder / "a.png", name, (65, 50))
    make_photo(root / "data/test/0.Taj_Mahal" / "<green>.png", "Niagara Falls", (70, 50))
    make_photo(root / "data/test/1.Niagara_Falls" / "leak.png", "Niagara Falls")
    (root / "data/test/1.Niagara_Falls/cut.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    make_photo(root / "negatives/red.png", "Taj Mahal")
    make_photo(root / "negatives/grey.png", None)
    return root


@pytest.fixture(scope="module")
def card(bundle: Path, data: Path, tmp_path_factory: pytest.TempPathFactory) -> Scorecard:
    categories = [CATEGORIES[1], CATEGORIES[0], CATEGORIES[2]]
    other = make_bundle(tmp_path_factory.mktemp("other") / "model", name="<other>", categories=categories)
    return score_bundle(
        Predictor.load(bundle), data / "data", not_landmarks=data / "negatives", against=Predictor(other)
    )


def run(*arguments: str | Path, without: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    hidden = "".join(f"sys.modules[{name!r}] = None; " for name in without)
    code = f"import sys; {hidden}from landmark.cli import main; sys.argv[0] = 'landmark'; main()"
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def test_the_page_shows_what_went_wrong_and_loads_nothing(card: Scorecard) -> None:
    page = scorecard_page(card)
    markup = Markup(page)
    assert markup.open == []
    sections = re.findall(r"<h2>(.*?)</h2>", page)
    assert sections == [
        "Scores", "Compared with &lt;other&gt;, version 1", "Landmarks, the worst first", "Confusions",
        "Wrong places given", "Confidence", "Negatives: photos of anything else",
        "Test photos that are also training photos", "Unreadable photos",
    ]  # fmt: skip
    assert "Taj Mahal taken for Niagara Falls: 1 photo" in page
    assert 'title="&lt;green&gt;.png"' in page and "<green>" not in page
    assert page.count("Plotly.newPlot(") >= 2
    loaded = [value for _, attributes in markup.tags for name, value in attributes.items() if name in LOADING]
    assert loaded and all(str(value).startswith("data:image/jpeg;base64,") for value in loaded)
    assert "cut.png" in markup.text


def test_the_worst_landmark_is_the_first_row(card: Scorecard) -> None:
    page = scorecard_page(card)
    table = page[page.index("Landmarks, the worst first") :]
    first = re.search(r'<tbody>\n<tr><th scope="row">(.*?)</th><td>(.*?)</td>', table)
    assert first and first.groups() == ("Taj Mahal", "Niagara Falls (1)")


def test_the_files_hold_the_same(card: Scorecard, tmp_path: Path) -> None:
    page, values = write_scorecard(card, tmp_path / "new" / "out")
    assert (page.name, values.name) == ("evaluation.html", "evaluation.json")
    assert json.loads(values.read_text("ascii")) == card.to_dict(photos=True)
    assert page.read_text("utf-8") == scorecard_page(card), "the same test makes the same page"
    assert sorted(entry.name for entry in page.parent.iterdir()) == ["evaluation.html", "evaluation.json"]


def test_the_command_works_on_the_base_install(bundle: Path, data: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = run("test", bundle, data / "data", "--not-landmarks", data / "negatives", "--out", out, "--json",
                 without=NOT_IN_THE_BASE)  # fmt: skip
    assert result.returncode == 1, "a photo could not be read"
    values = json.loads(result.stdout)
    assert values["accuracy"] == 0.8 and values["not_landmarks"]["n_places"] == 1
    assert values["unreadable"] and "Traceback" not in result.stderr
    assert f"Wrote {out / 'evaluation.html'}" in result.stderr
    page = (out / "evaluation.html").read_text()
    assert page.count("the extra") == 1 and "Plotly" not in page, "without charts, and it says what draws them"
    assert {**values, "photos": [], "photos_of_anything_else": []}.keys() == json.loads(
        (out / "evaluation.json").read_text()
    ).keys()


def test_the_command_compares_two_models(bundle: Path, data: Path) -> None:
    result = run("test", bundle, data / "data/train", "--against", bundle)
    assert result.returncode == 0, result.stderr
    assert "on the same 3 photos, in points" in result.stdout
    assert "accuracy: +0.0 (95 % +0.0 to +0.0), may well be chance (p = 1.000; 0 to 0 photos)" in result.stdout
    assert "colours, version 1 in" in result.stdout


def test_wrong_usage_is_told_in_a_sentence(bundle: Path, data: Path, tmp_path: Path) -> None:
    (tmp_path / "gone.txt").write_text("a file")
    for option, value in (("--against", "gone"), ("--not-landmarks", "gone"), ("--out", "gone.txt")):
        result = run("test", bundle, data / "data", option, tmp_path / value)
        assert result.returncode == 2 and "Traceback" not in result.stderr and result.stdout == ""
        assert "gone" in result.stderr and ("Expected" in result.stderr or "Check the path" in result.stderr)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_browser_shows_it_and_asks_for_nothing(card: Scorecard, tmp_path: Path, scheme: str) -> None:
    sync_api = pytest.importorskip("playwright.sync_api", reason="needs Playwright")
    chromium = Path("/usr/bin/chromium")
    if not chromium.exists():
        pytest.skip("needs /usr/bin/chromium")
    page_path, _ = write_scorecard(card, tmp_path)
    complaints: list[str] = []
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(chromium), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 400, "height": 800}, color_scheme=scheme)
        page.on("console", lambda message: complaints.append(message.text))
        page.on("request", lambda request: complaints.append(request.url))
        page.goto(page_path.as_uri())
        page.evaluate("document.querySelectorAll('img').forEach(image => image.loading = 'eager')")
        page.wait_for_function("[...document.images].every(image => image.complete && image.naturalWidth > 0)")
        assert page.evaluate("document.documentElement.scrollWidth") <= 400, "nothing sticks out on a phone"
        heights = page.evaluate(
            "[...document.querySelectorAll('figure.plot .main-svg:first-child')].map(one => one.clientHeight)"
        )
        assert len(heights) == 2 and all(height > 150 for height in heights)
        browser.close()
    outside = [told for told in complaints if not told.startswith(("data:", page_path.as_uri()))]
    assert outside == []
