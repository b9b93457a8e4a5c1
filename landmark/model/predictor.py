"""Predictor: a trained model and photos in, one answer per photo out, in order, as a stream.

What an answer is belongs to `answer`, the network to `sessions`, photos to `photo` and `preprocessing`.
"""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from threading import BoundedSemaphore
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from landmark.core.cpu import available_cpus
from landmark.core.errors import BundleError, ConfigurationError, PhotoError
from landmark.model.answer import Answer, LocateOptions, answer_from_scores
from landmark.model.bundle import Bundle, load_bundle
from landmark.model.session import OnnxSession, Session, end_workers
from landmark.photo import DEFAULT_LIMITS, Limits, Photo, read_photo
from landmark.photo.prepared import Look, PhotoSource, PreparedPhoto, prepare_photo
from landmark.photo.views import one_look, several_looks

if TYPE_CHECKING:
    from landmark.model.explanation import Explanation

AHEAD_PHOTOS = 32  # that are read and computed while the caller is busy with an answer
READERS = 8  # threads that decode at once; each may hold one photo of the largest size allowed


@dataclass(frozen=True, eq=False)
class Scores:
    """What a network says of photos before it is calibrated; N photos, of which R could be read."""

    logits: NDArray[np.float32]  # (R, C)
    features: NDArray[np.float32]  # (R, D)
    readable: NDArray[np.bool_]  # (N,): labels[scores.readable] go with the rows of the logits
    errors: tuple[str, ...]  # of the others, in order


@dataclass(frozen=True, eq=False)
class _Scored:
    """A photo after the network: logits (C,) and features (D,), or an error. The image is gone, which is large."""

    name: str
    logits: NDArray[np.float32] | None = None
    features: NDArray[np.float32] | None = None
    warnings: tuple[str, ...] = ()
    error: str | None = None
    path: Path | str | None = None


class Predictor:
    """Locates photos with a trained model. May be used by several threads at once.

    >>> predictor = Predictor.load()  # doctest: +SKIP
    >>> predictor.locate(["taj_mahal.jpg"])[0].landmark  # doctest: +SKIP
    'Taj Mahal'
    """

    def __init__(self, bundle: Bundle, session: Session | None = None, *, limits: Limits = DEFAULT_LIMITS) -> None:
        self.bundle = bundle
        self.limits = limits
        self.session = session or OnnxSession.of_bundle(bundle)
        self._reading = BoundedSemaphore(READERS)

    @classmethod
    def load(cls, path: Path | str | None = None, *, limits: Limits = DEFAULT_LIMITS) -> Self:
        """The predictor of a bundle on disk; without a path, of the one that ships. Raises `BundleError`.

        `limits` are how large a photo may be; one that is larger gets an answer whose `error` says so.
        """
        return cls(load_bundle(path), limits=limits)

    def locate(
        self,
        photos: Iterable[PhotoSource],
        *,
        top: int = 5,
        careful: bool = False,
        false_places: float | None = None,
        coverage: float | None = None,
    ) -> list[Answer]:
        """One answer per photo, in order, with the `top` best candidates. Photos are paths, bytes or `Photo`s.

        `careful` looks at each photo three times and takes the mean.

        `false_places`, such as 0.01, is the share of photos of anything else that may get a place; by default it is
        what the bundle was calibrated for. `coverage`, such as 0.95, asks for a set of landmarks that holds the right
        one in that share of photos of known landmarks: `answer.landmark_set`.

        A photo that cannot be read gets an answer whose `error` says why; it raises nothing and changes no other.
        """
        return list(self.locate_each(photos, top=top, careful=careful, false_places=false_places, coverage=coverage))

    def locate_each(
        self,
        photos: Iterable[PhotoSource],
        *,
        top: int = 5,
        careful: bool = False,
        false_places: float | None = None,
        coverage: float | None = None,
    ) -> Iterator[Answer]:
        """As `locate`, one answer after the other: for any number of photos, in bounded memory.

        `photos` is taken as answers are, at most 32 ahead and a batch. Leaving the loop ends the reading threads; so
        does `close()`, for this is a generator.
        """
        _check_several(photos)
        options = LocateOptions(top, false_places, coverage)
        options.threshold(self.bundle), options.conformal_threshold(self.bundle)  # what cannot be had is told at once
        return self._answers(photos, options, careful)

    def prepare(self, source: PhotoSource, *, name: str | None = None, limits: Limits | None = None) -> PreparedPhoto:
        """Read a photo for the network: the first half of `locate`, for callers with a queue of their own.

        `limits`: where this photo has others than the predictor's.
        """
        return prepare_photo(source, self.bundle.preprocessing, name=name, limits=limits or self.limits)

    def answer(self, prepared: Sequence[PreparedPhoto], *, top: int = 5) -> list[Answer]:
        """The answers of prepared photos, computed as one batch: the second half of `locate`."""
        _check_several(prepared)
        return [self._answer(scored, LocateOptions(top)) for scored in self._compute(prepared)]

    def scores(self, photos: Iterable[PhotoSource], *, careful: bool = False) -> Scores:
        """Logits and features of photos, for measuring and for fitting what comes after the network."""
        _check_several(photos)
        scored = list(self._score_each(photos, careful))
        logits = [one.logits for one in scored if one.logits is not None]
        features = [one.features for one in scored if one.features is not None]
        return Scores(
            logits=np.stack(logits) if logits else np.empty((0, self.bundle.n_classes), np.float32),
            features=np.stack(features) if features else np.empty((0, self.bundle.feature_dim), np.float32),
            readable=np.array([one.error is None for one in scored], dtype=bool),
            errors=tuple(one.error for one in scored if one.error is not None),
        )

    def explain(self, photo: PhotoSource, *, landmark: str | None = None) -> "Explanation":
        """Which part of a photo spoke for its answer, in about a second; `explain(photo).to_png()` is the heat map.

        `landmark` is the candidate to explain, the best one by default. Raises `PhotoError` for a photo that cannot be
        read, `ConfigurationError` for a landmark that the model does not know.
        """
        from landmark.model.explanation import explain_answer  # it draws, which locating alone need not wait for

        if not isinstance(photo, Photo):
            photo = read_photo(photo, limits=self.limits, short_side_px=self.bundle.preprocessing.resize_px)
        [answer] = self.locate([photo])
        if answer.error:
            raise PhotoError(answer.error)
        return explain_answer(answer, photo, self.bundle, self.confidences, landmark)

    def confidences(self, images: NDArray[np.float32]) -> NDArray[np.float64]:
        """Calibrated confidences of photos as `bundle.preprocessing` makes them: (B, 3, H, W) -> (B, C).

        Raises `ConfigurationError` for images of another shape.
        """
        side = self.bundle.preprocessing.crop_px
        if images.ndim != 4 or images.shape[1:] != (3, side, side):
            raise ConfigurationError(f"Found images of shape {images.shape}. Expected (photos, 3, {side}, {side}).")
        return self.bundle.confidences(*self.session.run(np.asarray(images, dtype=np.float32)))

    def _answers(self, photos: Iterable[PhotoSource], options: LocateOptions, careful: bool) -> Iterator[Answer]:
        with closing(self._score_each(photos, careful)) as scored:
            for one in scored:
                yield self._answer(one, options)

    def _answer(self, one: _Scored, options: LocateOptions) -> Answer:
        if one.logits is None or one.features is None:
            answer = Answer(one.name, None, None, (), None, warnings=one.warnings, error=one.error)
        else:
            answer = answer_from_scores(one.name, one.logits, one.features, self.bundle, options, one.warnings)
        return replace(answer, explainer=self._explainer(one.path))

    def _explainer(self, path: Path | str | None) -> Callable[[PhotoSource | None, str | None], "Explanation"]:
        """What `Answer.explain` calls; it holds on to the photo's path and never to its bytes."""

        def explain(photo: PhotoSource | None, landmark: str | None) -> "Explanation":
            source = path if photo is None else photo
            if source is None:
                raise ConfigurationError(
                    "The photo was not given by its path, and answers do not keep photos. "
                    "Expected it once more, as in: answer.explain(photo)"
                )
            return self.explain(source, landmark=landmark)

        return explain

    def _score_each(self, photos: Iterable[PhotoSource], careful: bool) -> Generator[_Scored, None, None]:
        """Read and compute in as many threads as there are cores, each a batch from its files to its scores.

        A session that takes photos one by one so keeps all cores busy: no core waits for the end of another's batch.
        """
        numbered = enumerate(photos, start=1)
        look = several_looks if careful else one_look
        size = self.session.photos_at_once
        workers = ThreadPoolExecutor(available_cpus(), thread_name_prefix="landmark-reader")
        ahead: deque[Future[list[_Scored]]] = deque()
        taken: Future[list[_Scored]] | None = None

        def fill() -> None:
            while len(ahead) * size < AHEAD_PHOTOS and (batch := list(islice(numbered, size))):
                ahead.append(workers.submit(self._score, batch, look))

        try:
            fill()
            while ahead:
                taken = ahead.popleft()
                scored = taken.result()
                fill()  # before the caller has them, so that the threads have work meanwhile
                yield from scored
        finally:  # also when the caller stops early, or Ctrl-C comes
            end_workers(workers, [*ahead, *([taken] if taken else [])])

    def _score(self, batch: Sequence[tuple[int, PhotoSource]], look: Look) -> list[_Scored]:
        prepared = []
        for number, source in batch:
            with self._reading:
                name = None if isinstance(source, str | Path | Photo) else f"photo {number}"
                prepare = self.bundle.preprocessing
                prepared.append(prepare_photo(source, prepare, look=look, name=name, limits=self.limits))
        return self._compute(prepared)

    def _compute(self, batch: Sequence[PreparedPhoto]) -> list[_Scored]:
        looks = [read.looks for read in batch if read.looks is not None]
        rows: Iterator[tuple[NDArray[np.float32], NDArray[np.float32]]] = iter(())
        if looks:
            images = np.concatenate(looks)
            logits, features = self.session.run(images)  # (B, 3, H, W) -> (B, C), (B, D)
            expected = (len(images), self.bundle.n_classes), (len(images), self.bundle.feature_dim)
            if (logits.shape, features.shape) != expected:
                raise BundleError(
                    f"{self.bundle.path}: found logits and features of shapes {logits.shape} and {features.shape}. "
                    f"Expected {expected[0]} and {expected[1]}. Use the network that belongs to this bundle."
                )
            # of several looks at a photo, the mean: (photos * L, …) -> (photos, L, …) -> (photos, …)
            logits, features = (of.reshape(len(looks), -1, of.shape[1]).mean(axis=1) for of in (logits, features))
            rows = zip(logits, features, strict=True)
        return [
            _Scored(read.name, error=read.error, path=read.path) if read.looks is None else _scored(read, *next(rows))
            for read in batch
        ]


def _scored(read: PreparedPhoto, logits: NDArray[np.float32], features: NDArray[np.float32]) -> _Scored:
    if np.isfinite(logits).all():
        return _Scored(read.name, logits, features, read.warnings, path=read.path)
    error = f"{read.name}: the network gave no finite scores for it. The model is broken; use another."
    return _Scored(read.name, warnings=read.warnings, error=error, path=read.path)


def _check_several(photos: Iterable[PhotoSource | PreparedPhoto]) -> None:
    """A path alone would be taken apart into its letters."""
    if isinstance(photos, str | bytes | bytearray | memoryview | Path | Photo):
        raise TypeError("Found a single photo. Expected several: put it in a list, as in locate([photo]).")
