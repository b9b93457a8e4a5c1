"""A session computes a network; the one here needs no PyTorch: ONNX Runtime on the CPU.

A session knows arrays, not photos or landmarks: `predictor` does.
"""

import re
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from landmark.core.cpu import available_cpus
from landmark.core.errors import BundleError
from landmark.model.bundle import NETWORK, Bundle

INPUT = "photos"
OUTPUTS = ["logits", "features"]

_EXPORT_AGAIN = "Write the bundle again with: landmark export"


class Session(Protocol):
    """A network that can be run, by several threads at once."""

    @property
    def photos_at_once(self) -> int:
        """Return in batches of how many photos each thread best runs it: 1 where a batch brings nothing."""

    def run(self, images: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Compute logits (B, C) and features (B, D) of preprocessed photos (B, 3, H, W)."""


def end_workers(pool: ThreadPoolExecutor, work: Iterable[Future[Any]]) -> None:
    """End a pool's threads: what waits is dropped, what runs is waited for.

    Not by the pool's own waiting alone: before Python 3.13, a second Ctrl-C during `Thread.join` makes Python take a
    running thread for a finished one, and then abort at exit.
    """
    pool.shutdown(wait=False, cancel_futures=True)
    wait([future for future in work if not future.cancelled()])
    pool.shutdown(wait=True)


class OnnxSession:
    """An ONNX file run by ONNX Runtime: input `photos` (B, 3, H, W), outputs `logits` (B, C) and `features` (B, D).

    Every photo is computed alone, `threads` of them at a time (default: one per core): what a photo gets does then not
    depend on its batch, not even in the last bit, and a batch of 16 in one piece would take 80 to 140 MB more
    memory and no less time (MobileNets at 224 px). The file is data: nothing in it is executed or looked up elsewhere.

    Raises `BundleError` for a file that is not such a network.
    """

    photos_at_once = 1

    def __init__(self, path: Path | str, *, network: bytes | None = None, threads: int | None = None) -> None:
        self.path = Path(path)
        self.threads = threads or available_cpus()
        self._network = _start(self.path, _check_network(self.path, network or _read(self.path)))
        inputs = {item.name: item for item in self._network.get_inputs()}
        outputs = {item.name: item for item in self._network.get_outputs()}
        if list(inputs) != [INPUT]:
            raise self._refuse(f"the inputs {', '.join(inputs)}", f"one, {INPUT}")
        if not set(OUTPUTS) <= set(outputs):
            raise self._refuse(f"the outputs {', '.join(outputs)}", " and ".join(OUTPUTS))
        shape = self._shape(inputs[INPUT], 4)
        self.crop_px = shape[2] if shape[2] == shape[3] else None
        if shape[1] != 3 or self.crop_px is None:
            raise self._refuse(f"{INPUT} of shape {shape}", "(any, 3, size, size)")
        self.n_classes = self._shape(outputs["logits"], 2)[1]
        self.feature_dim = self._shape(outputs["features"], 2)[1]

    @classmethod
    def of_bundle(cls, bundle: Bundle, *, threads: int | None = None) -> "OnnxSession":
        """Start the session of a bundle's network, after checking that it is the one that the manifest describes.

        Raises `BundleError` when the sizes differ.
        """
        session = cls(bundle.network_path, network=bundle.contents.get(NETWORK), threads=threads)
        for what, found, expected in (
            ("photos of {} px", session.crop_px, bundle.preprocessing.crop_px),
            ("{} classes", session.n_classes, bundle.n_classes),
            ("{} features", session.feature_dim, bundle.feature_dim),
        ):
            if found != expected:
                raise session._refuse(what.format(found), f"{what.format(expected)}, as landmark.json says")
        return session

    def run(self, images: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Compute logits (B, C) and features (B, D) of photos (B, 3, H, W). May be called by several threads."""
        logits = np.empty((len(images), self.n_classes), dtype=np.float32)
        features = np.empty((len(images), self.feature_dim), dtype=np.float32)

        def run_one(index: int) -> None:
            logits[index], features[index] = (
                rows[0] for rows in self._network.run(OUTPUTS, {INPUT: images[index : index + 1]})
            )

        try:
            if self.threads == 1 or len(images) <= 1:
                for index in range(len(images)):
                    run_one(index)
            else:
                pool = ThreadPoolExecutor(min(self.threads, len(images)), thread_name_prefix="landmark-network")
                photos = [pool.submit(run_one, index) for index in range(len(images))]
                try:
                    for photo in photos:
                        photo.result()
                finally:
                    end_workers(pool, photos)
        except Exception as error:  # ONNX Runtime has no common parent for its errors
            raise self._refuse(f"an error while computing ({_reason(error)})", "logits and features") from error
        return logits, features

    def _shape(self, item: Any, rank: int) -> list[int]:
        """Return the sizes of an input or output; the first, of the batch, does not matter."""
        sizes = list(item.shape)
        fits = len(sizes) == rank and all(isinstance(size, int) for size in sizes[1:])
        if item.type != "tensor(float)" or not fits or (isinstance(sizes[0], int) and sizes[0] != 1):
            raise self._refuse(
                f"{item.name} of {item.type} with shape {sizes}",
                f"tensor(float) with {rank} sizes, the first free and the others known",
            )
        return sizes

    def _refuse(self, found: str, expected: str) -> BundleError:
        return BundleError(f"{self.path}: the network has {found}. Expected {expected}. {_EXPORT_AGAIN}")


def _start(path: Path, network: bytes) -> Any:
    """Start an `onnxruntime.InferenceSession`."""
    import onnxruntime  # type: ignore[import-untyped,unused-ignore]  # 40 ms: `import landmark` does not wait for it

    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # photos are what runs side by side
    options.inter_op_num_threads = 1
    options.log_severity_level = 3  # errors; they reach the caller as exceptions as well
    # By default a file may also be of ONNX Runtime's own format, which `_check_network` does not know.
    options.add_session_config_entry("session.load_model_format", "ONNX")
    try:
        return onnxruntime.InferenceSession(network, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime has no common parent for its errors
        raise BundleError(
            f"{path}: ONNX Runtime {onnxruntime.__version__} cannot load it ({_reason(error)}). Expected an ONNX "
            f"network. Update onnxruntime, or {_EXPORT_AGAIN[0].lower()}{_EXPORT_AGAIN[1:]}"
        ) from error


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BundleError(f"{path}: cannot be read ({error.strerror}). Expected the network of a bundle.") from error


def _check_network(path: Path, network: bytes) -> bytes:
    """Return the bytes of an ONNX file, which must refer to no other file.

    An ONNX file may refer the runtime to other files for tensors, by any path, and older runtimes follow; a bundle
    from somebody else could so read what it likes. Such an entry's key is "location": in protobuf, the length 8 and
    the text. Lengths may carry idle bytes (0x88 0x80 0x00 is 8 as well), which the pattern allows for.
    """
    start = 0
    while (start := network.find(b"location", start)) >= 0:
        if re.search(rb"(\x08|\x88\x80*\x00)\Z", network[max(0, start - 10) : start]):
            raise BundleError(
                f"{path}: the network refers to other files for its weights. Expected all of them inside. "
                f"It is not loaded. {_EXPORT_AGAIN}"
            )
        start += 1
    return network


def _reason(error: Exception) -> str:
    """Return the first line of an error, short enough for a sentence."""
    text = str(error).strip() or type(error).__name__
    return text.splitlines()[0][:200]
