"""ONNX sessions: the same answer alone and in company, and a refusal for files that are not the bundle's network."""

import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from factories.bundle import FEATURE_DIM, PREPROCESSING, make_bundle, make_network

from landmark.core.cpu import available_cpus
from landmark.core.errors import BundleError
from landmark.model.session import OnnxSession, end_workers

onnx = pytest.importorskip("onnx")

PX = PREPROCESSING.crop_px


def save(tmp_path: Path, network: bytes) -> Path:
    path = tmp_path / "model.onnx"
    path.write_bytes(network)
    return path


def refusal(path: Path) -> str:
    with pytest.raises(BundleError) as caught:
        OnnxSession(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    return message


@pytest.fixture
def images() -> np.ndarray:
    return np.random.default_rng(1).normal(size=(7, 3, PX, PX)).astype(np.float32)


def test_logits_and_features_are_what_the_network_says(tmp_path: Path, images: np.ndarray) -> None:
    session = OnnxSession(save(tmp_path, make_network()))
    assert (session.crop_px, session.n_classes, session.feature_dim) == (PX, 3, FEATURE_DIM)
    logits, features = session.run(images)
    assert (logits.shape, features.shape) == ((7, 3), (7, FEATURE_DIM))
    assert logits.dtype == features.dtype == np.float32
    colours = images.mean(axis=(2, 3))
    np.testing.assert_allclose(logits, colours, atol=1e-5)
    mix = np.random.default_rng(0).normal(size=(FEATURE_DIM, 3))
    np.testing.assert_allclose(features, colours @ mix.T, atol=1e-5)


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_an_answer_does_not_depend_on_its_batch_nor_on_threads(
    tmp_path: Path, images: np.ndarray, threads: int
) -> None:
    path = save(tmp_path, make_network())
    together = OnnxSession(path, threads=threads).run(images)
    alone = OnnxSession(path, threads=1)
    for index in range(len(images)):
        for whole, part in zip(together, alone.run(images[index : index + 1]), strict=True):
            np.testing.assert_array_equal(whole[index], part[0])  # to the last bit


def test_one_session_serves_several_threads(tmp_path: Path, images: np.ndarray) -> None:
    session = OnnxSession(save(tmp_path, make_network()), threads=2)
    expected = session.run(images)[0]
    with ThreadPoolExecutor(4) as pool:
        for logits, _ in pool.map(session.run, [images] * 12):
            np.testing.assert_array_equal(logits, expected)


def test_no_threads_stay_behind(tmp_path: Path, images: np.ndarray) -> None:
    before = threading.active_count()
    session = OnnxSession(save(tmp_path, make_network()), threads=3)
    session.run(images)
    assert threading.active_count() == before


def test_an_empty_batch_is_fine(tmp_path: Path) -> None:
    logits, features = OnnxSession(save(tmp_path, make_network())).run(np.empty((0, 3, PX, PX), np.float32))
    assert (logits.shape, features.shape) == ((0, 3), (0, FEATURE_DIM))


def test_a_network_for_single_photos_will_do(tmp_path: Path, images: np.ndarray) -> None:
    assert OnnxSession(save(tmp_path, make_network(batch=1))).run(images)[0].shape == (7, 3)


def test_photos_of_another_size_are_an_error_of_the_bundle(tmp_path: Path) -> None:
    session = OnnxSession(save(tmp_path, make_network()))
    with pytest.raises(BundleError, match="an error while computing"):
        session.run(np.zeros((2, 3, PX + 1, PX), np.float32))


@pytest.mark.parametrize(
    ("network", "found", "expected"),
    [
        ({"input_name": "x"}, "the inputs x", "one, photos"),
        ({"output_names": ("scores", "features")}, "the outputs scores, features", "logits and features"),
        ({"output_names": ("logits", "pooled")}, "the outputs logits, pooled", "logits and features"),
        ({"batch": 4}, "photos of tensor(float) with shape [4, 3, 32, 32]", "tensor(float) with 4 sizes"),
    ],
)
def test_a_network_of_another_form_is_refused(
    tmp_path: Path, network: dict[str, Any], found: str, expected: str
) -> None:
    message = refusal(save(tmp_path, make_network(**network)))
    assert f"the network has {found}. Expected {expected}" in message


def test_inputs_of_other_types_or_shapes_are_refused(tmp_path: Path) -> None:
    helper, double, single = onnx.helper, onnx.TensorProto.DOUBLE, onnx.TensorProto.FLOAT

    def network(kind: int, shape: list[object]) -> bytes:
        names = ("logits", "features")
        nodes = [helper.make_node("ReduceMean", ["photos"], [name], keepdims=0, axes=[2, 3]) for name in names]
        outputs = [helper.make_tensor_value_info(name, kind, shape[:2]) for name in names]
        graph = helper.make_graph(nodes, "g", [helper.make_tensor_value_info("photos", kind, shape)], outputs)
        opset = [helper.make_opsetid("", 17)]
        return bytes(helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString())

    OnnxSession(save(tmp_path, network(single, ["b", 3, 8, 8])))
    assert "photos of tensor(double)" in refusal(save(tmp_path, network(double, ["b", 3, 8, 8])))
    assert "Expected (any, 3, size, size)" in refusal(save(tmp_path, network(single, ["b", 4, 8, 8])))
    assert "Expected (any, 3, size, size)" in refusal(save(tmp_path, network(single, ["b", 3, 8, 9])))
    assert "the others known" in refusal(save(tmp_path, network(single, ["b", 3, "h", "w"])))


@pytest.mark.parametrize(
    ("network", "found", "expected"),
    [
        ({"crop_px": 24}, "photos of 24 px", "photos of 32 px"),
        ({"n_classes": 4}, "4 classes", "3 classes"),
        ({"feature_dim": 5}, "5 features", "8 features"),
    ],
)
def test_a_network_that_is_not_the_cards_is_refused(
    tmp_path: Path, network: dict[str, Any], found: str, expected: str
) -> None:
    bundle = make_bundle(tmp_path / "model")
    assert OnnxSession.of_bundle(bundle).n_classes == 3
    bundle.network_path.write_bytes(make_network(**network))
    with pytest.raises(BundleError) as caught:
        OnnxSession.of_bundle(bundle)
    message = str(caught.value)
    assert str(bundle.network_path) in message
    assert f"has {found}. Expected {expected}, as landmark.json says" in message


@pytest.mark.parametrize("content", [b"", b"dear diary", bytes(100), make_network()[:200]])
def test_a_file_that_is_no_network_is_refused(
    tmp_path: Path, content: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    message = refusal(save(tmp_path, content))
    assert "ONNX Runtime" in message
    assert "cannot load it" in message
    assert capfd.readouterr().err == ""


def test_a_missing_network_is_refused(tmp_path: Path) -> None:
    assert "cannot be read (No such file or directory)" in refusal(tmp_path / "model.onnx")


def with_external_weights(location: str) -> bytes:
    model = onnx.load_from_string(make_network())
    for tensor in model.graph.initializer:
        n_bytes = len(tensor.raw_data)
        tensor.ClearField("raw_data")
        tensor.data_location = onnx.TensorProto.EXTERNAL
        for key, value in (("location", location), ("offset", "0"), ("length", str(n_bytes))):
            tensor.external_data.add(key=key, value=value)
    return bytes(model.SerializeToString())


@pytest.mark.parametrize("where", ["beside", "outside", "absolute", "*/_ORT_MEM_ADDR_/*"])
def test_weights_in_other_files_are_refused(tmp_path: Path, where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    monkeypatch.chdir(folder)
    locations = {"beside": "secret.bin", "outside": "../secret.bin", "absolute": str(tmp_path / "secret.bin")}
    for place in (tmp_path, folder):
        (place / "secret.bin").write_bytes(bytes(10_000))
    message = refusal(save(folder, with_external_weights(locations.get(where, where))))
    assert "the network refers to other files for its weights" in message


def test_idle_bytes_do_not_hide_other_files(tmp_path: Path) -> None:
    # The key's length 8 written in three bytes. Lengths around it then do not fit, so that only the search can object.
    network = with_external_weights("secret.bin").replace(b"\x08location", b"\x88\x80\x00location")
    assert "refers to other files" in refusal(save(tmp_path, network))


def test_a_name_with_location_in_it_is_no_other_file(tmp_path: Path) -> None:
    model = onnx.load_from_string(make_network())
    model.graph.name = "/location/of/location"
    model.doc_string = "the location of landmarks"
    assert OnnxSession(save(tmp_path, model.SerializeToString())).n_classes == 3


def test_onnx_runtimes_own_format_is_refused(tmp_path: Path) -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    options = onnxruntime.SessionOptions()
    options.optimized_model_filepath = str(tmp_path / "model.ort")
    options.add_session_config_entry("session.save_model_format", "ORT")
    onnxruntime.InferenceSession(make_network(), options, providers=["CPUExecutionProvider"])
    assert "cannot load it" in refusal(tmp_path / "model.ort")


def test_an_operator_that_onnx_does_not_have_is_refused(tmp_path: Path) -> None:
    model = onnx.load_from_string(make_network())
    model.graph.node[0].domain = "somebody.else"
    model.opset_import.append(onnx.helper.make_opsetid("somebody.else", 1))
    assert "cannot load it" in refusal(save(tmp_path, model.SerializeToString()))


@pytest.mark.skipif(sys.platform == "win32", reason="signals are another matter there")
def test_ctrl_c_while_threads_end_does_not_lose_them() -> None:
    """A thread that runs and counts as finished makes Python abort at exit."""
    busy, may_end = threading.Event(), threading.Event()

    def work() -> None:
        busy.set()
        may_end.wait(60)

    pool = ThreadPoolExecutor(1, thread_name_prefix="busy")
    futures = [pool.submit(work), pool.submit(work)]
    assert busy.wait(60)
    interrupt = threading.Timer(1.0, os.kill, (os.getpid(), signal.SIGINT))
    # Tests that a shell runs in the background are born deaf to Ctrl-C.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    interrupt.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            end_workers(pool, futures)
        assert any(thread.name.startswith("busy") for thread in threading.enumerate() if thread.is_alive())
        assert futures[1].cancelled()
    finally:
        may_end.set()
        interrupt.join()
        signal.signal(signal.SIGINT, before)
    end_workers(pool, futures)
    assert not any(thread.name.startswith("busy") for thread in threading.enumerate())


def test_cores_are_those_that_the_process_may_use() -> None:
    code = "import os, landmark.model.session as s; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))});" \
        " print(s.available_cpus())"  # fmt: skip
    assert available_cpus() >= 1
    if sys.platform == "linux":
        assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "1\n"


def test_the_module_is_there_before_onnx_runtime(tmp_path: Path) -> None:
    code = "import sys, landmark.model.session, landmark.model.predictor; assert 'onnxruntime' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_preprocessing_and_network_are_compared(tmp_path: Path) -> None:
    bundle = make_bundle(tmp_path / "model")
    other = replace(bundle, preprocessing=replace(PREPROCESSING, crop_px=30))
    with pytest.raises(BundleError, match=r"photos of 32 px\. Expected photos of 30 px"):
        OnnxSession.of_bundle(other)


def test_onnx_runtime_leaves_no_traces_of_telemetry(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    bundle = make_bundle(tmp_path / "bundle")
    code = f"from landmark.model.session import OnnxSession; OnnxSession({str(bundle.network_path)!r})"
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("ORT_", "XDG_"))}
    subprocess.run([sys.executable, "-c", code], env=clean | {"HOME": str(tmp_path / "home")}, check=True, timeout=120)
    assert list((tmp_path / "home").rglob("*")) == []
