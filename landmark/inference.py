"""Predictor: a trained model and photos in, one answer per photo out, in order, as a stream.

What an answer is belongs to `answer`, the network to `sessions`, photos to `photo` and `preprocessing`.
"""

from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from landmark.answer import Answer, answer_from_logits
from landmark.bundle import Bundle, load_bundle
from landmark.cores import available_cores
from landmark.errors import BundleError, ConfigurationError, PhotoError
from landmark.photo import DEFAULT_LIMITS, Limits, Photo, read_photo
from landmark.sessions import OnnxSession, Session, end_workers

BATCH_PHOTOS = 16  # what a session is given at once; more brings nothing on a CPU and costs 0.6 MB each
READERS = min(available_cores(), 8)  # threads that decode; each may hold one photo of the largest size allowed

PhotoSource: TypeAlias = Path | str | bytes | Photo


@dataclass(frozen=True, eq=False)
class Scores:
    """What a network says of photos before it is calibrated; N photos, of which R could be read."""

    logits: NDArray[np.float32]  # (R, C)
    features: NDArray[np.float32]  # (R, D)
    readable: NDArray[np.bool_]  # (N,): labels[scores.readable] go with the rows of the logits
    errors: tuple[str, ...]  # of the others, in order


@dataclass(frozen=True, eq=False)
class PreparedPhoto:
    """A photo after reading: an image (3, H, W) for the network, or an error."""

    name: str
    image: NDArray[np.float32] | None = None
    size_px: tuple[int, int] | None = None  # (width, height) of the photo itself, upright
    warnings: tuple[str, ...] = ()
    error: str | None = None


@dataclass(frozen=True, eq=False)
class _Scored:
    """A photo after the network: logits (C,) and features (D,), or an error. The image is gone, which is large."""

    name: str
    logits: NDArray[np.float32] | None = None
    features: NDArray[np.float32] | None = None
    warnings: tuple[str, ...] = ()
    error: str | None = None


class Predictor:
    """Locates photos with a trained model. May be used by several threads at once.

    >>> predictor = Predictor.load()  # doctest: +SKIP
    >>> predictor.locate(["taj_mahal.jpg"])[0].landmark  # doctest: +SKIP
    'Taj Mahal'
    """

    def __init__(self, bundle: Bundle, session: Session | None = None) -> None:
        self.bundle = bundle
        self.session = session or OnnxSession.of_bundle(bundle)

    @classmethod
    def load(cls, path: Path | str | None = None) -> Self:
        """The predictor of a bundle on disk; without a path, of the one that ships. Raises `BundleError`."""
        return cls(load_bundle(path))

    def locate(self, photos: Iterable[PhotoSource], *, top: int = 5) -> list[Answer]:
        """One answer per photo, in order, with the `top` best candidates. Photos are paths, bytes or `Photo`s.

        A photo that cannot be read gets an answer whose `error` says why; it raises nothing and changes no other.
        """
        return list(self.locate_each(photos, top=top))

    def locate_each(self, photos: Iterable[PhotoSource], *, top: int = 5) -> Iterator[Answer]:
        """As `locate`, one answer after the other: for any number of photos, in bounded memory.

        `photos` is taken as answers are, at most two batches (32 photos) ahead. Leaving the loop ends the reading
        threads; so does `close()`, for this is a generator.
        """
        _check_several(photos)
        if top < 1:
            raise ConfigurationError(f"top is {top}. Expected the number of candidates to show, at least 1.")
        return self._answers(photos, top)

    def prepare(
        self, source: PhotoSource, *, name: str | None = None, limits: Limits = DEFAULT_LIMITS
    ) -> PreparedPhoto:
        """Read a photo for the network: the first half of `locate`, for callers with a queue of their own.

        `name` is what the answer calls it (default: its path). Whatever goes wrong is said in the result; it raises
        nothing.
        """
        if name is None:
            name = "photo" if isinstance(source, bytes) else str(getattr(source, "source", source))
        preprocessing = self.bundle.preprocessing
        try:
            if isinstance(source, Photo):
                photo = source
            elif isinstance(source, str | Path | bytes):
                photo = read_photo(source, name=name, limits=limits, short_side_px=preprocessing.resize_px)
            else:
                raise PhotoError(f"{name}: found a {type(source).__name__}. Expected a path, bytes or a Photo.")
            return PreparedPhoto(name, preprocessing(photo.pixels), photo.original_size_px, photo.warnings)
        except PhotoError as error:
            return PreparedPhoto(name, error=str(error))
        except Exception as error:  # a fault of ours or of a decoder; the other photos do not pay for it
            return PreparedPhoto(name, error=f"{name}: unexpected {type(error).__name__} while reading it: {error}")

    def answer(self, prepared: Sequence[PreparedPhoto], *, top: int = 5) -> list[Answer]:
        """The answers of prepared photos, computed as one batch: the second half of `locate`."""
        return [self._answer(scored, top) for scored in self._compute(prepared)]

    def scores(self, photos: Iterable[PhotoSource]) -> Scores:
        """Logits and features of photos, for measuring and for fitting what comes after the network."""
        _check_several(photos)
        scored = list(self._score_each(photos))
        logits = [one.logits for one in scored if one.logits is not None]
        features = [one.features for one in scored if one.features is not None]
        return Scores(
            logits=np.stack(logits) if logits else np.empty((0, self.bundle.n_classes), np.float32),
            features=np.stack(features) if features else np.empty((0, self.bundle.feature_dim), np.float32),
            readable=np.array([one.error is None for one in scored], dtype=bool),
            errors=tuple(one.error for one in scored if one.error is not None),
        )

    def _answers(self, photos: Iterable[PhotoSource], top: int) -> Iterator[Answer]:
        with closing(self._score_each(photos)) as scored:
            for one in scored:
                yield self._answer(one, top)

    def _answer(self, scored: _Scored, top: int) -> Answer:
        if scored.logits is None:
            return Answer(scored.name, None, None, (), None, warnings=scored.warnings, error=scored.error)
        return answer_from_logits(scored.name, scored.logits, self.bundle, top=top, warnings=scored.warnings)

    def _score_each(self, photos: Iterable[PhotoSource]) -> Generator[_Scored, None, None]:
        """Read photos in threads, up to a batch ahead of the one that the session computes meanwhile."""
        numbered = enumerate(photos, start=1)
        ahead: deque[Future[PreparedPhoto]] = deque()
        current: list[Future[PreparedPhoto]] = []
        readers = ThreadPoolExecutor(READERS, thread_name_prefix="landmark-reader")

        def fill() -> None:
            while len(ahead) < BATCH_PHOTOS and (item := next(numbered, None)):
                ahead.append(readers.submit(self._read, *item))

        try:
            fill()
            while ahead:
                current = list(ahead)
                batch = [future.result() for future in current]
                ahead.clear()
                fill()  # before computing, so that the readers have work meanwhile
                yield from self._compute(batch)
        finally:  # also when the caller stops early, or Ctrl-C comes
            end_workers(readers, [*current, *ahead])

    def _read(self, number: int, source: PhotoSource) -> PreparedPhoto:
        return self.prepare(source, name=f"photo {number}" if isinstance(source, bytes) else None)

    def _compute(self, batch: Sequence[PreparedPhoto]) -> Iterator[_Scored]:
        images = [read.image for read in batch if read.image is not None]
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
        for read in batch:
            if read.image is None:
                yield _Scored(read.name, error=read.error)
                continue
            of_logits, of_features = next(rows)
            if np.isfinite(of_logits).all():
                yield _Scored(read.name, of_logits, of_features, read.warnings)
            else:
                error = f"{read.name}: the network gave no finite scores for it. The model is broken; use another."
                yield _Scored(read.name, warnings=read.warnings, error=error)


def _check_several(photos: Iterable[PhotoSource]) -> None:
    """A path alone would be taken apart into its letters."""
    if isinstance(photos, str | bytes | Path | Photo):
        raise TypeError("Found a single photo. Expected several: put it in a list, as in locate([photo]).")
