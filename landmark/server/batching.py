"""Between requests and the network: a bounded queue, threads that decode, and batches of whatever is ready.

One `Batcher` serves one process. The event loop only hands photos on: decoding and computing happen in threads, where
Pillow and ONNX Runtime let go of Python's lock. There are two lanes for decoding, so that large photos, which take up
to seconds, stop only each other.
"""

import asyncio
import os
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

from landmark.core.errors import PhotoError
from landmark.model.answer import Answer
from landmark.model.predictor import Predictor
from landmark.photo import Limits, open_photo
from landmark.photo.prepared import PreparedPhoto
from landmark.server.admission import Room
from landmark.server.metrics import Metrics
from landmark.server.multipart import Upload
from landmark.server.replies import RequestError, busy

_BATCH_PHOTOS = 16  # that are computed at once; who comes later waits for them
_NICENESS = 2  # of threads that decode and compute, above the event loop's

LARGE_PIXELS = 8_000_000  # from here on a photo takes the lane for large ones

Result = TypeVar("Result")


@dataclass(frozen=True, eq=False)
class Located:
    """An answer, and what only the photo itself tells: its (width, height) in px, None where it cannot be read."""

    answer: Answer
    size_px: tuple[int, int] | None


@dataclass(frozen=True, eq=False)
class _Waiting:
    """A photo that is ready for the network, and who waits for it."""

    photo: PreparedPhoto
    top: int
    answer: asyncio.Future[Answer]


class Batcher:
    """Answers photos for many requests at once; make it, and use it inside `running`, within an event loop."""

    def __init__(
        self,
        predictor: Predictor,
        metrics: Metrics,
        *,
        places: int,
        threads: int = 1,
        deadline_s: float = 5.0,
        limits: Limits | None = None,
    ) -> None:
        self.predictor = predictor
        self.deadline_s = deadline_s
        self._room = Room(metrics, places=places, deadline_s=deadline_s)
        self._metrics = metrics
        self._limits = limits or Limits()
        self._readers = _working_threads(threads, "landmark-reader")
        self._large_reader = _working_threads(1, "landmark-large-reader")
        self._network = _working_threads(1, "landmark-batch")
        self._ready: list[_Waiting] = []
        self._wake = asyncio.Event()
        self._computing: asyncio.Task[None] | None = None

    @property
    def is_full(self) -> bool:
        """Whether the next request would be refused."""
        return not self._room.has_room(1)

    @property
    def is_running(self) -> bool:
        """Whether batches are being computed."""
        return self._computing is not None and not self._computing.done()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """While inside, batches are computed."""
        self._computing = asyncio.create_task(self._compute_batches())
        try:
            yield
        finally:
            self._computing.cancel()
            for pool in (self._readers, self._large_reader, self._network):
                pool.shutdown(wait=False, cancel_futures=True)

    async def locate(self, uploads: Sequence[Upload], *, top: int) -> list[Located]:
        """The answers of a request's photos, in order.

        A request takes half of the places, rounded up, however many photos it brings, and so leaves room for others.
        Raises `RequestError` (503) when there is none, or when the deadline passes. Cancelling it frees its places.
        """
        width = max(1, min(len(uploads), (self._room.places + 1) // 2))
        with self._room.taken(width):
            turns = asyncio.Semaphore(width)

            async def in_turn(upload: Upload) -> Located:
                async with turns:
                    return await self._locate_one(upload, top)

            allowed_s = self.deadline_s * len(uploads)
            try:
                async with asyncio.timeout(allowed_s), asyncio.TaskGroup() as group:
                    tasks = [group.create_task(in_turn(upload)) for upload in uploads]
            except TimeoutError:
                self._metrics.photos.labels("given_up").inc(len(uploads))
                raise busy(f"Not answered within {allowed_s:g} s.") from None
            except asyncio.CancelledError:  # the client has gone
                self._metrics.photos.labels("given_up").inc(len(uploads))
                raise
            except ExceptionGroup as failed:
                raise failed.exceptions[0] from None
            return [task.result() for task in tasks]

    async def work_on(self, upload: Upload, work: Callable[[Predictor, Limits], Result]) -> Result:
        """Something else about one photo, in the lane for large ones, so that answers do not wait for it.

        Raises `RequestError`: 503 when there is no room or the deadline passes, 400 for what is no photo.
        """
        with self._room.taken(1), self._room.large_taken():
            loop = asyncio.get_running_loop()
            task = partial(self._in_lane, "follow_up", partial(work, self.predictor, self._limits))
            try:
                async with asyncio.timeout(self.deadline_s):
                    return await loop.run_in_executor(self._large_reader, task)
            except TimeoutError:
                raise busy(f"Not answered within {self.deadline_s:g} s.") from None
            except PhotoError as error:
                raise RequestError(400, str(error)) from None

    async def _locate_one(self, upload: Upload, top: int) -> Located:
        start, together = time.perf_counter(), self._room.n_taken
        photo = await self._prepare(upload)
        if photo.image is None:
            answer = Answer(photo.name, None, None, (), None, error=photo.error)
        else:
            waiting = _Waiting(photo, top, asyncio.get_running_loop().create_future())
            self._ready.append(waiting)
            self._wake.set()
            answer = await waiting.answer
            if not _is_large(photo.size_px):
                self._room.learn(time.perf_counter() - start, together)
        self._metrics.photos.labels(_outcome(answer)).inc()
        return Located(replace(answer, candidates=answer.candidates[:top]), photo.size_px)

    async def _prepare(self, upload: Upload) -> PreparedPhoto:
        def prepare() -> PreparedPhoto:
            return self.predictor.prepare(upload.data, name=upload.name, limits=self._limits)

        def prepare_unless_large() -> PreparedPhoto | None:
            return None if self._takes_long(upload) else self._timed("decode", prepare)

        loop = asyncio.get_running_loop()
        if (prepared := await loop.run_in_executor(self._readers, prepare_unless_large)) is not None:
            return prepared
        with self._room.large_taken():
            return await loop.run_in_executor(self._large_reader, self._in_lane, "decode", prepare)

    def _takes_long(self, upload: Upload) -> bool:
        try:
            return _is_large(open_photo(upload.data, name=upload.name, limits=self._limits).size)
        except PhotoError:
            return False  # told soon enough why it cannot be read

    async def _compute_batches(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._wake.wait()
            # What is ready by now and still wanted: one photo on an idle server, more the busier it is.
            wanted = [waiting for waiting in self._ready if not waiting.answer.done()]
            batch, self._ready = wanted[:_BATCH_PHOTOS], wanted[_BATCH_PHOTOS:]
            if not self._ready:
                self._wake.clear()
            if not batch:
                continue
            self._metrics.batch_photos.observe(len(batch))
            photos, top = [waiting.photo for waiting in batch], max(waiting.top for waiting in batch)
            work = partial(self._answer, photos, top)
            answers = await loop.run_in_executor(self._network, self._timed, "network", work)
            for waiting, answer in zip(batch, answers, strict=True):
                if not waiting.answer.done():  # by having been cancelled meanwhile
                    waiting.answer.set_result(answer)

    def _answer(self, photos: Sequence[PreparedPhoto], top: int) -> list[Answer]:
        """The answers of a batch; where it fails as a whole, each photo is asked alone, and fails alone."""
        try:
            return self.predictor.answer(photos, top=top)
        except Exception as error:
            if len(photos) > 1:
                return [answer for photo in photos for answer in self._answer([photo], top)]
            name, reason = photos[0].name, type(error).__name__
            said = f"{name}: the network failed on it ({reason}). Expected scores; use another photo."
            return [Answer(name, None, None, (), None, error=said)]

    def _in_lane(self, stage: str, work: Callable[[], Result]) -> Result:
        """Work of the one thread that does what takes long, which so learns how long."""
        start = time.perf_counter()
        try:
            result = self._timed(stage, work)
        except (PhotoError, RequestError) as error:
            if getattr(error, "status", 400) == 400:  # no photo: quick to see, and tells nothing of the others
                raise
            self._room.learn_large(time.perf_counter() - start)
            raise
        self._room.learn_large(time.perf_counter() - start)
        return result

    def _timed(self, stage: str, work: Callable[[], Result]) -> Result:
        start = time.perf_counter()
        try:
            return work()
        finally:
            self._metrics.stage_seconds.labels(stage).observe(time.perf_counter() - start)


def _working_threads(count: int, name: str) -> ThreadPoolExecutor:
    """Threads that leave a core to the event loop whenever it has something to say, such as a refusal."""
    return ThreadPoolExecutor(count, thread_name_prefix=name, initializer=_come_second)


def _come_second() -> None:
    if sys.platform == "linux":  # the only system on which a thread has a priority of its own
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)


def _is_large(size_px: tuple[int, int] | None) -> bool:
    return size_px is not None and size_px[0] * size_px[1] >= LARGE_PIXELS


def _outcome(answer: Answer) -> str:
    if answer.error is not None:
        return "unreadable"
    return "unknown" if answer.landmark is None else "recognised"
