"""Between requests and the network: a bounded queue, threads that decode, and batches of whatever is ready.

One `Batcher` serves one process. Decoding and computing happen in threads, where Pillow and ONNX Runtime release
Python's lock. Large photos, which take up to seconds, are decoded in a thread of their own and delay only each other.
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
from landmark.photo import Limits, read_size
from landmark.photo.prepared import PreparedPhoto
from landmark.server.admission import Admission
from landmark.server.metrics import Metrics
from landmark.server.multipart import Upload
from landmark.server.replies import RequestError, busy
from landmark.server.settings import ServerSettings

_BATCH_PHOTOS = 16  # at most in one run of the network
_NICENESS = 2  # of threads that decode and compute, above the event loop's

LARGE_PIXELS = 8_000_000  # from here on a photo waits in the queue of large ones

Result = TypeVar("Result")


@dataclass(frozen=True, eq=False)
class Located:
    """An answer, and the photo's (width, height) in px, None where it cannot be read."""

    answer: Answer
    size_px: tuple[int, int] | None


@dataclass(frozen=True, eq=False)
class _Pending:
    """A photo that is ready for the network, and who waits for it."""

    photo: PreparedPhoto
    top: int
    answer: asyncio.Future[Answer]


class Batcher:
    """Answer photos for many requests at once, inside `running` and within an event loop."""

    def __init__(self, predictor: Predictor, metrics: Metrics, settings: ServerSettings) -> None:
        self.predictor = predictor
        self.deadline_s = settings.deadline_s
        self._admission = Admission(metrics, settings)
        self._metrics = metrics
        self._limits = settings.photo_limits
        self._readers = _working_threads(settings.threads, "landmark-reader")
        self._large_reader = _working_threads(1, "landmark-large-reader")
        self._network = _working_threads(1, "landmark-batch")
        self._ready: list[_Pending] = []
        self._wake = asyncio.Event()
        self._computing: asyncio.Task[None] | None = None

    @property
    def is_full(self) -> bool:
        """Return whether the next request would be refused."""
        return not self._admission.can_admit(1)

    @property
    def is_running(self) -> bool:
        """Return whether batches are being computed."""
        return self._computing is not None and not self._computing.done()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Compute batches while inside; afterwards the model is released."""
        self._computing = asyncio.create_task(self._compute_batches())
        try:
            yield
        finally:
            self._computing.cancel()
            for pool in (self._readers, self._large_reader, self._network):
                pool.shutdown(wait=False, cancel_futures=True)
            del self.predictor  # which a reload replaces; FastAPI's caches keep the routes, and with them this object

    async def locate(self, uploads: Sequence[Upload], *, top: int) -> list[Located]:
        """Return the answers of a request's photos, in order.

        A request has at most half of what may be in flight, rounded up, however many photos it brings, which leaves
        room for others. Raises `RequestError` (503) when the server is full, or when the deadline passes.
        """
        width = max(1, min(len(uploads), (self._admission.max_in_flight + 1) // 2))
        with self._admission.admit(width):
            turns = asyncio.Semaphore(width)

            async def in_turn(upload: Upload) -> Located:
                async with turns:
                    return await self._locate_one(upload, top)

            allowed_s = self.deadline_s * len(uploads)
            try:
                async with asyncio.timeout(allowed_s), asyncio.TaskGroup() as group:
                    tasks = [group.create_task(in_turn(upload)) for upload in uploads]
            except (TimeoutError, asyncio.CancelledError) as error:  # too late, or the client has gone
                self._metrics.photos.labels("given_up").inc(len(uploads))
                if isinstance(error, TimeoutError):
                    raise busy(f"Not answered within {allowed_s:g} s.") from None
                raise
            except ExceptionGroup as failed:
                raise failed.exceptions[0] from None
            return [task.result() for task in tasks]

    async def work_on(self, upload: Upload, work: Callable[[Upload, Predictor, Limits], Result]) -> Result:
        """Do other work on one photo, in the thread for large ones, so that answers do not wait for it.

        Raises `RequestError`: 503 when the server is full or the deadline passes, 400 for what is no photo.
        """
        with self._admission.admit(1), self._admission.admit_large():
            loop = asyncio.get_running_loop()
            task = partial(work, upload, self.predictor, self._limits)
            try:
                async with asyncio.timeout(self.deadline_s):
                    return await loop.run_in_executor(self._large_reader, self._timed_large, "follow_up", task)
            except TimeoutError:
                raise busy(f"Not answered within {self.deadline_s:g} s.") from None
            except PhotoError as error:
                raise RequestError(400, str(error)) from None

    async def _locate_one(self, upload: Upload, top: int) -> Located:
        start, together = time.perf_counter(), self._admission.in_flight
        photo = await self._prepare(upload)
        if photo.image is None:
            [answer] = self.predictor.answer([photo])  # which runs no network
        else:
            waiting = _Pending(photo, top, asyncio.get_running_loop().create_future())
            self._ready.append(waiting)
            self._wake.set()
            answer = await waiting.answer
            if not _is_large(photo.size_px):
                self._admission.record(time.perf_counter() - start, together)
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
        with self._admission.admit_large():
            return await loop.run_in_executor(self._large_reader, self._timed_large, "decode", prepare)

    def _takes_long(self, upload: Upload) -> bool:
        try:
            return _is_large(read_size(upload.data, name=upload.name, limits=self._limits)[0])
        except PhotoError:
            return False  # the decoder says why it cannot be read

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
            work = partial(self._answer, [one.photo for one in batch], max(one.top for one in batch))
            answers = await loop.run_in_executor(self._network, self._timed, "network", work)
            for waiting, answer in zip(batch, answers, strict=True):
                if not waiting.answer.done():  # by having been cancelled meanwhile
                    waiting.answer.set_result(answer)

    def _answer(self, photos: Sequence[PreparedPhoto], top: int) -> list[Answer]:
        """Return the answers of a batch; where it fails as a whole, each photo is run alone, and fails alone."""
        try:
            return self.predictor.answer(photos, top=top)
        except Exception as error:
            if len(photos) > 1:
                return [answer for photo in photos for answer in self._answer([photo], top)]
            name, reason = photos[0].name, type(error).__name__
            found = f"{name}: the network failed on it ({reason}). Expected scores; use another photo."
            return [Answer(name, None, None, (), None, error=found)]

    def _timed_large(self, stage: str, work: Callable[[], Result]) -> Result:
        """Do the work of the thread for large photos, and record how long it takes."""
        start = time.perf_counter()
        is_photo = True
        try:
            return self._timed(stage, work)
        except (PhotoError, RequestError) as error:
            is_photo = getattr(error, "status", 400) != 400
            raise
        finally:
            if is_photo:  # what is none is quickly seen, and no measure of others
                self._admission.record_large(time.perf_counter() - start)

    def _timed(self, stage: str, work: Callable[[], Result]) -> Result:
        with self._metrics.stage_seconds.labels(stage).time():
            return work()


def _working_threads(count: int, name: str) -> ThreadPoolExecutor:
    """Make threads of lower priority than the event loop, so that refusals do not wait for photos."""
    return ThreadPoolExecutor(count, thread_name_prefix=name, initializer=_lower_priority)


def _lower_priority() -> None:
    if sys.platform == "linux":  # the only system on which a thread has a priority of its own
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)


def _is_large(size_px: tuple[int, int] | None) -> bool:
    return size_px is not None and size_px[0] * size_px[1] >= LARGE_PIXELS


def _outcome(answer: Answer) -> str:
    if answer.error is not None:
        return "unreadable"
    return "unknown" if answer.landmark is None else "recognised"
