"""Predictor: a trained model and photos in, one answer per photo out, in order, as a stream.

It reads photos, runs the network and makes answers of its scores, each by a module of its own.
"""

from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from functools import cached_property
from itertools import islice
from pathlib import Path
from threading import BoundedSemaphore
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from landmark.core.cpu import available_cpus
from landmark.core.deprecation import takes_old_arguments
from landmark.core.errors import BundleError, ConfigurationError, PhotoError
from landmark.model.answer import Answer, LocateOptions, answer_from_scores
from landmark.model.bundle import Bundle, load_bundle
from landmark.model.own_position import OwnPosition
from landmark.model.scored_photo import ScoredPhoto, Scores
from landmark.model.session import OnnxSession, Session, end_workers
from landmark.photo import DEFAULT_LIMITS, Limits, Photo, read_photo
from landmark.photo.metadata_reader import MetadataReader
from landmark.photo.prepared import PhotoSource, PreparedPhoto, prepare_photo

if TYPE_CHECKING:
    from landmark.model.explanation import Explanation

AHEAD_PHOTOS = 32  # that are read and computed while the caller is busy with an answer
READERS = 8  # threads that decode at once; each may hold one photo of the largest size allowed


class Predictor:
    """Locates photos with a trained model. May be used by several threads at once, and pickled with its bundle's path.

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
        """Load the bundle at a path; without a path, the one that ships. Raises `BundleError`.

        `limits` are how large a photo may be; one that is larger gets an answer whose `error` says so.
        """
        return cls(load_bundle(path), limits=limits)

    @cached_property
    def session(self) -> Session:
        """Return the network; that of an unpickled predictor is loaded from the bundle when it is first needed."""
        return OnnxSession.of_bundle(self.bundle)

    def __getstate__(self) -> dict[str, Any]:
        state = dict(self.__dict__)
        del state["_reading"]
        if not self.bundle.contents:  # its files are all on disk
            state["bundle"] = self.bundle.path.absolute()
        if isinstance(state.get("session"), OnnxSession):  # which cannot be pickled, and is in the bundle
            del state["session"]
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _reading=BoundedSemaphore(READERS))
        if isinstance(self.bundle, Path):
            self.bundle = load_bundle(self.bundle)

    @takes_old_arguments(false_places="false_positive_rate", careful=None)
    def locate(
        self,
        photos: Iterable[PhotoSource],
        *,
        top: int = 5,
        false_positive_rate: float | None = None,
        coverage: float | None = None,
    ) -> list[Answer]:
        """Return one answer per photo, in order, with the `top` best candidates. Photos are paths, bytes or `Photo`s.

        `false_positive_rate`, such as 0.01, is the share of photos without a landmark that may get one; by default it
        is what the bundle was calibrated for. `coverage`, such as 0.95, asks for a set of landmarks that holds the
        right one in that share of photos of known landmarks: `answer.landmark_set`.

        An answer also tells the photo's own position (`answer.known`), as its metadata, a sidecar or its Takeout say,
        and whether the landmark contradicts it (`answer.suspect`). A photo that cannot be read gets an answer whose
        `error` says why; it raises nothing and changes no other.
        """
        return list(self.locate_each(photos, top=top, false_positive_rate=false_positive_rate, coverage=coverage))

    @takes_old_arguments(false_places="false_positive_rate", careful=None)
    def locate_each(
        self,
        photos: Iterable[PhotoSource],
        *,
        top: int = 5,
        false_positive_rate: float | None = None,
        coverage: float | None = None,
        own_positions: bool = True,
    ) -> Iterator[Answer]:
        """Yield the answers of `locate`, one after the other: for any number of photos, in bounded memory.

        `photos` is taken as answers are, at most 32 ahead and a batch. Leaving the loop ends the reading threads; so
        does `close()`, for this is a generator. `own_positions=False` is for callers that have read the metadata.
        """
        _check_several(photos)
        options = LocateOptions(top, false_positive_rate, coverage)
        options.threshold(self.bundle), options.conformal_threshold(self.bundle)  # what the bundle lacks raises now
        return self._answers(photos, options, MetadataReader() if own_positions else None)

    def prepare(self, source: PhotoSource, *, name: str | None = None, limits: Limits | None = None) -> PreparedPhoto:
        """Read a photo for the network: the first half of `locate`, for callers with a queue of their own.

        `limits`: where this photo has others than the predictor's.
        """
        of_photo, limits = MetadataReader(), limits or self.limits
        return prepare_photo(source, self.bundle.preprocessing, name=name, limits=limits, read_metadata=of_photo)

    def answer(self, prepared: Sequence[PreparedPhoto], *, top: int = 5) -> list[Answer]:
        """Compute prepared photos as one batch: the second half of `locate`."""
        _check_several(prepared)
        return [self._answer(scored, LocateOptions(top)) for scored in self._compute(prepared)]

    @takes_old_arguments(careful=None)
    def scores(self, photos: Iterable[PhotoSource]) -> Scores:
        """Return logits and features of photos, for measuring and for fitting what comes after the network."""
        _check_several(photos)
        return Scores.of(list(self._score_each(photos)), self.bundle.n_classes, self.bundle.feature_dim)

    def explain(self, photo: PhotoSource, *, landmark: str | None = None) -> "Explanation":
        """Explain which part of a photo led to its answer, in about a second; `explain(photo).to_png()` draws it.

        `landmark` is the candidate to explain, the best one by default. Raises `PhotoError` for a photo that cannot be
        read, `ConfigurationError` for a landmark that the model does not know.
        """
        from landmark.model.explanation import explain_answer  # it draws, which locating alone need not wait for

        own = None
        if not isinstance(photo, Photo):
            own = OwnPosition.of_metadata(MetadataReader()(photo, None))
            photo = read_photo(photo, limits=self.limits, short_side_px=self.bundle.preprocessing.resize_px)
        [answer] = self.locate([photo])
        if answer.error:
            raise PhotoError(answer.error)
        return explain_answer(replace(answer, own=own), photo, self.bundle, self.confidences, landmark)

    def confidences(self, images: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return calibrated confidences of images as `bundle.preprocessing` makes them: (B, 3, H, W) -> (B, C).

        Raises `ConfigurationError` for images of another shape.
        """
        side = self.bundle.preprocessing.crop_px
        if images.ndim != 4 or images.shape[1:] != (3, side, side):
            raise ConfigurationError(f"Found images of shape {images.shape}. Expected (photos, 3, {side}, {side}).")
        return self.bundle.confidences(*self.session.run(np.asarray(images, dtype=np.float32)))

    def _answers(
        self, photos: Iterable[PhotoSource], options: LocateOptions, reader: MetadataReader | None
    ) -> Iterator[Answer]:
        with closing(self._score_each(photos, reader)) as scored:
            for one in scored:
                yield self._answer(one, options)

    def _answer(self, one: ScoredPhoto, options: LocateOptions) -> Answer:
        if one.logits is None or one.features is None:
            return Answer(one.name, None, None, (), None, warnings=one.warnings, error=one.error, own=one.own)
        return answer_from_scores(one.name, one.logits, one.features, self.bundle, options, one.warnings, one.own)

    def _score_each(
        self, photos: Iterable[PhotoSource], reader: MetadataReader | None = None
    ) -> Generator[ScoredPhoto, None, None]:
        """Read and compute in as many threads as there are CPUs, each a batch from its files to its scores.

        A session that takes photos one by one so keeps all CPUs busy: none waits for the end of another's batch.
        """
        numbered = enumerate(photos, start=1)
        size = self.session.photos_at_once
        workers = ThreadPoolExecutor(available_cpus(), thread_name_prefix="landmark-reader")
        ahead: deque[Future[list[ScoredPhoto]]] = deque()
        taken: Future[list[ScoredPhoto]] | None = None

        def fill() -> None:
            while len(ahead) * size < AHEAD_PHOTOS and (batch := list(islice(numbered, size))):
                ahead.append(workers.submit(self._score, batch, reader))

        try:
            fill()
            while ahead:
                taken = ahead.popleft()
                scored = taken.result()
                fill()  # before the caller has them, so that the threads have work meanwhile
                yield from scored
        finally:  # also when the caller stops early, or Ctrl-C comes
            end_workers(workers, [*ahead, *([taken] if taken else [])])

    def _score(self, batch: Sequence[tuple[int, PhotoSource]], reader: MetadataReader | None) -> list[ScoredPhoto]:
        prepared = []
        for number, source in batch:
            name = None if isinstance(source, str | Path | Photo) else f"photo {number}"
            with self._reading:
                preprocessing, limits = self.bundle.preprocessing, self.limits
                prepared.append(prepare_photo(source, preprocessing, name=name, limits=limits, read_metadata=reader))
        return self._compute(prepared)

    def _compute(self, batch: Sequence[PreparedPhoto]) -> list[ScoredPhoto]:
        images = [photo.image for photo in batch if photo.image is not None]
        rows: Iterator[tuple[NDArray[np.float32], NDArray[np.float32]]] = iter(())
        if images:
            logits, features = self.session.run(np.stack(images))  # (B, 3, H, W) -> (B, C), (B, D)
            expected = (len(images), self.bundle.n_classes), (len(images), self.bundle.feature_dim)
            if (logits.shape, features.shape) != expected:
                raise BundleError(
                    f"{self.bundle.path}: found logits and features of shapes {logits.shape} and {features.shape}. "
                    f"Expected {expected[0]} and {expected[1]}. Use the network that belongs to this bundle."
                )
            rows = zip(logits, features, strict=True)
        return [ScoredPhoto.of(photo, *(next(rows) if photo.image is not None else ())) for photo in batch]


def _check_several(photos: Iterable[PhotoSource | PreparedPhoto]) -> None:
    """Raise `TypeError` for a path alone, which would be taken apart into its letters."""
    if isinstance(photos, str | bytes | bytearray | memoryview | Path | Photo):
        raise TypeError("Found a single photo. Expected several: put it in a list, as in locate([photo]).")
