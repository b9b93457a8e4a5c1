"""The predictor: one answer per photo, in order, lazily, whatever the photos are and whatever goes wrong with one."""

import json
import multiprocessing
import pickle
import threading
from collections.abc import Generator, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from factories.bundle import CATEGORIES, COLOURS, FEATURE_DIM, make_bundle, make_card, make_photo

from landmark.core.errors import BundleError, ConfigurationError, PhotoError
from landmark.model import predictor as inference
from landmark.model.answer import Answer
from landmark.model.bundle import NETWORK, Bundle, write_bundle
from landmark.model.predictor import AHEAD_PHOTOS, Predictor
from landmark.photo import Limits, Photo, read_photo
from landmark.photo import prepared as prepared_photos
from landmark.photo.contents import PhotoContents
from landmark.photo.prepared import PhotoSource

BATCH_PHOTOS = 16


class ColourSession:
    """The network of `bundle_made` in a line of numpy; remembers how large its batches were."""

    photos_at_once = BATCH_PHOTOS

    def __init__(self) -> None:
        self.batches: list[int] = []

    def run(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        self.batches.append(len(images))
        return images.mean(axis=(2, 3)), np.zeros((len(images), FEATURE_DIM), np.float32)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return write_bundle(tmp_path_factory.mktemp("made") / "model", make_card(), {NETWORK: b"not run"})


@pytest.fixture
def predictor(bundle: Bundle) -> Predictor:
    return Predictor(bundle, ColourSession())


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> dict[str | None, Path]:
    folder = tmp_path_factory.mktemp("photos")
    return {shows: make_photo(folder / f"{index}.png", shows) for index, shows in enumerate(COLOURS)}


def readers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("landmark-reader")]


@pytest.fixture(autouse=True)
def no_reader_stays_behind() -> Iterator[None]:
    yield
    assert readers() == []


def test_answers_come_in_order(predictor: Predictor, photos: dict[str | None, Path]) -> None:
    answers = predictor.locate(list(photos.values()) * 9)
    assert [answer.landmark for answer in answers] == list(photos) * 9
    assert [answer.photo for answer in answers] == [str(path) for path in photos.values()] * 9
    assert all(answer.error is None and answer.warnings == () for answer in answers)


def test_no_photos_give_no_answers(predictor: Predictor) -> None:
    assert predictor.locate([]) == []
    assert list(predictor.locate_each(iter(()))) == []
    assert predictor.session.batches == []  # type: ignore[attr-defined]


def test_a_real_network_answers_from_a_bundle_on_disk(tmp_path: Path, photos: dict[str | None, Path]) -> None:
    make_bundle(tmp_path / "model")
    predictor = Predictor.load(tmp_path / "model")
    answers = predictor.locate(photos.values())
    assert [answer.landmark for answer in answers] == list(photos)
    taj_mahal = answers[0].to_row()
    assert (taj_mahal["latitude"], taj_mahal["country"]) == (27.175, "India")
    assert 0.9 < taj_mahal["confidence"] <= 1


def test_a_photo_is_answered_the_same_in_any_company(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (2 * AHEAD_PHOTOS, 40, 50, 3), np.uint8)
    pictures = [Photo(one, f"{number}", "PNG", (50, 40)) for number, one in enumerate(pixels)]
    predictor = Predictor(make_bundle(tmp_path / "model"))
    together = predictor.locate(pictures)
    backwards = predictor.locate(reversed(pictures))
    assert together == backwards[::-1]  # to the last bit
    assert together == [predictor.locate([picture])[0] for picture in pictures]


def test_paths_texts_bytes_and_photos_are_the_same_to_it(predictor: Predictor, photos: dict[str | None, Path]) -> None:
    path = photos["Taj Mahal"]
    photo = read_photo(path, name="my photo")
    answers = predictor.locate([path, str(path), path.read_bytes(), photo])
    assert len({(answer.landmark, answer.confidence) for answer in answers}) == 1
    assert [answer.photo for answer in answers] == [str(path), str(path), "photo 3", "my photo"]


def test_top_is_the_number_of_candidates(predictor: Predictor, photos: dict[str | None, Path]) -> None:
    path = photos[None]
    assert [len(predictor.locate([path], top=top)[0].candidates) for top in (1, 2, 3, 9)] == [1, 2, 3, 3]
    with pytest.raises(ConfigurationError, match="top is 0"):
        predictor.locate_each([path], top=0)  # said at once, not at the first answer


@pytest.mark.parametrize("single", ["a.jpg", Path("a.jpg"), b"bytes"])
def test_a_single_photo_is_not_taken_apart(predictor: Predictor, single: Any) -> None:
    for method in (predictor.locate, predictor.locate_each, predictor.scores):
        with pytest.raises(TypeError, match=r"put it in a list"):
            method(single)


def bad_photos(folder: Path) -> list[PhotoSource]:
    (folder / "text.jpg").write_text("dear diary")
    (folder / "empty.jpg").touch()
    (folder / "folder.jpg").mkdir()
    return [folder / "text.jpg", folder / "empty.jpg", folder / "folder.jpg", folder / "missing.jpg", b"", "\0.jpg", 7]  # type: ignore[list-item]


def test_a_bad_photo_has_an_error_and_changes_no_other(
    tmp_path: Path, predictor: Predictor, photos: dict[str | None, Path]
) -> None:
    bad = bad_photos(tmp_path)
    mixed = [source for pair in zip(bad, list(photos.values()) * 2, strict=False) for source in pair]
    answers = predictor.locate(mixed)
    assert answers[1::2] == predictor.locate(mixed[1::2])
    for answer, source in zip(answers[::2], bad, strict=True):
        name = {b"": "photo 9", 7: "photo 13"}.get(source, str(source))
        assert answer.photo == name
        assert answer.error and answer.error.startswith(f"{name}: ")
        assert (answer.landmark, answer.confidence, answer.candidates, answer.place) == (None, None, (), None)


def test_nothing_but_bad_photos_needs_no_network(tmp_path: Path, predictor: Predictor) -> None:
    assert all(answer.error for answer in predictor.locate(bad_photos(tmp_path)))
    assert predictor.session.batches == []  # type: ignore[attr-defined]


@pytest.mark.parametrize("fault", [ZeroDivisionError("of mine"), MemoryError(), RecursionError("deep")])
def test_an_unexpected_fault_while_reading_is_that_photos_error(
    predictor: Predictor, photos: dict[str | None, Path], fault: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def decode(contents: PhotoContents, source: Path, **options: object) -> Photo:
        if source == photos[None]:
            raise fault
        return read_photo(source)

    monkeypatch.setattr(prepared_photos, "decode_photo", decode)
    answers = predictor.locate(photos.values())
    assert [answer.landmark for answer in answers[:3]] == CATEGORIES
    assert answers[3].error and f"unexpected {type(fault).__name__}" in answers[3].error


def test_pixels_that_are_none_are_an_error(predictor: Predictor) -> None:
    broken = Photo(np.zeros((4, 4), np.uint8), "broken", "PNG", (4, 4))
    assert "Expected the pixels of a photo" in str(predictor.locate([broken])[0].error)


def test_warnings_travel_with_the_answer(predictor: Predictor, photos: dict[str | None, Path]) -> None:
    pixels = read_photo(photos["Taj Mahal"]).pixels
    answer = predictor.locate([Photo(pixels, "half", "JPEG", (64, 48), ("truncated: half of it",))])[0]
    assert (answer.landmark, answer.warnings) == ("Taj Mahal", ("truncated: half of it",))


def test_photos_are_taken_as_answers_are(predictor: Predictor, photos: dict[str | None, Path]) -> None:
    taken = 0

    def endless() -> Iterator[Path]:
        nonlocal taken
        while True:
            taken += 1
            yield photos["Taj Mahal"]

    answers = predictor.locate_each(endless())
    assert taken == 0
    for given in range(1, 5 * BATCH_PHOTOS):
        assert next(answers).landmark == "Taj Mahal"
        assert given <= taken <= given + AHEAD_PHOTOS + BATCH_PHOTOS
    assert isinstance(answers, Generator)
    answers.close()
    assert readers() == []
    stopped_at = taken
    assert list(answers) == []
    assert taken == stopped_at


def test_batches_are_full_but_for_the_last(predictor: Predictor, photos: dict[str | None, Path]) -> None:
    predictor.locate([photos[None]] * (2 * BATCH_PHOTOS + 3))
    batches = predictor.session.batches  # type: ignore[attr-defined]
    assert sorted(batches) == [3, BATCH_PHOTOS, BATCH_PHOTOS], "threads compute them, in whatever order"


def test_photos_are_read_while_the_session_computes(
    bundle: Bundle, photos: dict[str | None, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    computing, read_meanwhile = threading.Event(), threading.Event()

    def read(contents: PhotoContents, source: Path, **options: object) -> Photo:
        if computing.is_set():
            read_meanwhile.set()
        return read_photo(source)

    class FirstWaits(ColourSession):
        photos_at_once = 1

        def run(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            if first.acquire(blocking=False):  # one thread alone: all that compute at once would leave none to read
                computing.set()
                assert read_meanwhile.wait(60), "nobody read while the session was computing"
            return super().run(images)

    first = threading.Semaphore(1)
    monkeypatch.setattr(prepared_photos, "decode_photo", read)
    monkeypatch.setattr(inference, "available_cpus", lambda: 2)
    sources = [photos[None]] * AHEAD_PHOTOS
    assert len(Predictor(bundle, FirstWaits()).locate(sources)) == len(sources)


def test_leaving_the_loop_ends_the_reading(predictor: Predictor, photos: dict[str | None, Path]) -> None:
    read = threading.Semaphore(0)

    def sources() -> Iterator[Path]:
        for _ in range(10_000):
            read.release()
            yield photos[None]

    for _ in predictor.locate_each(sources()):
        break
    assert readers() == []


@pytest.mark.parametrize("stop", [KeyboardInterrupt, RuntimeError])
def test_when_the_session_stops_so_do_the_readers(
    bundle: Bundle, photos: dict[str | None, Path], stop: type[BaseException]
) -> None:
    class Stopping(ColourSession):
        def run(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            raise stop

    with pytest.raises(stop):
        Predictor(bundle, Stopping()).locate([photos[None]] * 100)
    assert readers() == []


def test_an_error_of_the_list_itself_is_the_callers(predictor: Predictor, photos: dict[str | None, Path]) -> None:
    def failing() -> Iterator[Path]:
        yield photos[None]
        raise ValueError("the list ends badly")

    with pytest.raises(ValueError, match="ends badly"):
        predictor.locate(failing())


def test_several_threads_share_a_predictor(predictor: Predictor, photos: dict[str | None, Path]) -> None:
    results: dict[int, list[Answer]] = {}

    def work(number: int) -> None:
        results[number] = predictor.locate(list(photos.values()) * 5)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 4
    assert all(result == results[0] for result in results.values())


def test_a_network_without_finite_scores_gives_errors_and_no_nan(
    bundle: Bundle, photos: dict[str | None, Path]
) -> None:
    class Half(ColourSession):
        def run(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            logits, features = super().run(images)
            logits[::2] = np.nan
            return logits, features

    answers = Predictor(bundle, Half()).locate(photos.values())
    assert [answer.error is None for answer in answers] == [False, True, False, True]
    assert answers[0].error and "no finite scores" in answers[0].error
    assert answers[1].landmark == "Niagara Falls"


def test_a_session_of_another_model_is_refused(predictor: Predictor, photos: dict[str | None, Path]) -> None:
    class Wrong(ColourSession):
        def run(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            logits, features = super().run(images)
            return logits[:, :2], features

    with pytest.raises(BundleError, match=r"shapes \(1, 2\) and \(1, 8\)\. Expected \(1, 3\) and \(1, 8\)"):
        Predictor(predictor.bundle, Wrong()).locate([photos[None]])


def test_scores_leave_out_what_cannot_be_read(predictor: Predictor, photos: dict[str | None, Path]) -> None:
    sources = [photos["Taj Mahal"], Path("missing.jpg"), photos["Niagara Falls"]]
    scores = predictor.scores(sources)
    assert (scores.logits.shape, scores.features.shape) == ((2, 3), (2, FEATURE_DIM))
    assert scores.readable.tolist() == [True, False, True]
    assert scores.logits.argmax(axis=1).tolist() == [0, 1]
    assert len(scores.errors) == 1
    assert scores.errors[0].startswith("missing.jpg: ")


def test_scores_of_nothing_have_the_right_shapes(predictor: Predictor) -> None:
    scores = predictor.scores([])
    assert (scores.logits.shape, scores.features.shape, scores.readable.shape) == ((0, 3), (0, FEATURE_DIM), (0,))


def test_an_answer_is_a_small_value(predictor: Predictor, photos: dict[str | None, Path]) -> None:
    [one], [other] = predictor.locate([photos["Taj Mahal"]]), predictor.locate([photos["Taj Mahal"]])
    assert one == other and hash(one) == hash(other)
    assert pickle.loads(pickle.dumps(one)) == one and len(pickle.dumps(one)) < 2000
    values = json.loads(json.dumps(asdict(one)))
    assert (values["landmark"], values["place"]["coordinates"]["latitude"]) == ("Taj Mahal", 27.175)


def test_a_predictor_and_its_answers_travel_to_another_process(
    tmp_path: Path, photos: dict[str | None, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    make_bundle(tmp_path / "model")
    monkeypatch.chdir(tmp_path)  # a relative path means another folder elsewhere
    predictor = Predictor.load("model", limits=Limits(max_pixels=10_000))
    expected = predictor.locate(photos.values(), coverage=None)
    with multiprocessing.get_context("spawn").Pool(1) as elsewhere:
        answers = elsewhere.apply(Predictor.locate, (predictor, list(photos.values())))
    assert answers == expected and [answer.landmark for answer in answers] == list(COLOURS)
    pickled = pickle.dumps(predictor)
    monkeypatch.chdir(tmp_path.parent)
    back = pickle.loads(pickled)
    assert "session" not in vars(back), "the network is loaded when it is needed"
    assert back.locate(photos.values()) == expected and back.limits == predictor.limits


def test_a_session_of_ones_own_travels_along(predictor: Predictor, photos: dict[str | None, Path]) -> None:
    back = pickle.loads(pickle.dumps(predictor))
    assert isinstance(back.session, ColourSession)
    assert back.locate(photos.values()) == predictor.locate(photos.values())


def test_a_predictor_of_a_bundle_that_is_not_written_yet_travels_whole(
    tmp_path: Path, photos: dict[str | None, Path]
) -> None:
    written = make_bundle(tmp_path / "model")
    network = (written.path / NETWORK).read_bytes()
    predictor = Predictor(replace(written, path=tmp_path / "later", contents={NETWORK: network}))
    back = pickle.loads(pickle.dumps(predictor))
    assert back.locate(photos.values()) == predictor.locate(photos.values())


def test_old_arguments_warn_and_work(predictor: Predictor, photos: dict[str | None, Path]) -> None:
    plain = predictor.locate(photos.values())
    careful: Any = {"careful": True}  # types know the new arguments alone
    false_places: Any = {"false_places": 0.01}
    with pytest.warns(DeprecationWarning, match="careful is ignored"):
        assert predictor.locate(photos.values(), **careful) == plain
    with pytest.warns(DeprecationWarning, match="careful is ignored"):
        predictor.scores(photos.values(), **careful)
    with (
        pytest.warns(DeprecationWarning, match="false_positive_rate"),
        pytest.raises(ConfigurationError, match="--not-landmarks"),
    ):
        predictor.locate(photos.values(), **false_places)


def test_limits_hold_for_all_photos_of_a_predictor(bundle: Bundle, photos: dict[str | None, Path]) -> None:
    strict = Predictor(bundle, ColourSession(), limits=Limits(max_pixels=100))
    path = photos["Taj Mahal"]
    assert "megapixels" in str(strict.locate([path])[0].error) and "megapixels" in str(strict.prepare(path).error)
    assert strict.prepare(path, limits=Limits()).error is None
    with pytest.raises(PhotoError, match="megapixels"):
        strict.explain(path)


def test_a_path_is_no_prepared_photo(predictor: Predictor) -> None:
    with pytest.raises(TypeError, match="single photo"):
        predictor.answer("a.jpg")  # type: ignore[arg-type]


def test_bytes_of_any_kind_are_photos_and_never_their_own_names(
    predictor: Predictor, photos: dict[str | None, Path]
) -> None:
    data = photos["Taj Mahal"].read_bytes()
    answers = predictor.locate([data, bytearray(data), memoryview(data), np.zeros((500, 500, 3))])  # type: ignore[list-item]
    assert [answer.landmark for answer in answers] == ["Taj Mahal"] * 3 + [None]
    assert [answer.photo for answer in answers] == [f"photo {number}" for number in (1, 2, 3, 4)]
    assert answers[3].error == "photo 4: found a ndarray. Expected a path, bytes or a Photo."


def test_confidences_of_images_in_any_numbers_but_of_one_shape(predictor: Predictor) -> None:
    side = predictor.bundle.preprocessing.crop_px
    images: Any = np.random.default_rng(0).normal(size=(2, 3, side, side))
    assert predictor.confidences(images) == pytest.approx(predictor.confidences(images.astype(np.float32)))
    for wrong in (images[0], images[:, :, 1:]):
        with pytest.raises(ConfigurationError, match=rf"Expected \(photos, 3, {side}, {side}\)"):
            predictor.confidences(wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        {"max_aspect": None},
        {"max_pixels": -1},
        {"max_frames": 0},
        {"max_bytes": 0},
        {"max_pixels": "abc"},
        {"max_pixels": float("inf")},
        {"max_pixels": True},
    ],
)
def test_limits_that_make_no_sense_are_no_fault_of_photos(wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match="Expected a number above 0"):
        Limits(**wrong)
