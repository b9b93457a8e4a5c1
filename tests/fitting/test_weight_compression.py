"""Weights of 16 bits: a smaller file, the same answers, and all 32 bits back when they are folded."""

from pathlib import Path

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")
import onnxruntime  # noqa: E402
from onnx import ModelProto, TensorProto, helper, numpy_helper  # noqa: E402

from landmark.fitting.weight_compression import compress_weights, fold_constants  # noqa: E402

RNG = np.random.default_rng(0)
WIDE = RNG.normal(size=(300, 200, 1, 1)).astype(np.float32) * RNG.uniform(0.01, 30, (300, 1, 1, 1)).astype(np.float32)
NARROW = RNG.normal(size=(3, 300, 1, 1)).astype(np.float32)


def network() -> "ModelProto":
    """Two convolutions of single pixels: (N, 200, 1, 1) -> (N, 300, 1, 1) -> (N, 3, 1, 1)."""
    nodes = [helper.make_node("Conv", ["x", "wide"], ["y"]), helper.make_node("Conv", ["y", "narrow"], ["z"])]
    shapes: dict[str, list[str | int | None]] = {"x": ["n", 200, 1, 1], "z": ["n", 3, 1, 1]}
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in shapes.items()]
    weights = [numpy_helper.from_array(WIDE, "wide"), numpy_helper.from_array(NARROW, "narrow")]
    graph = helper.make_graph(nodes, "two", ends[:1], ends[1:], weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


def answers(content: bytes) -> np.ndarray:
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    [found] = session.run(["z"], {"x": np.eye(200, dtype=np.float32)[..., None, None]})
    return np.asarray(found)[..., 0, 0]  # (200, 3)


def compressed() -> "ModelProto":
    made = network()
    compress_weights(made.graph)
    onnx.checker.check_model(made)
    return made


def test_the_file_is_smaller_and_answers_the_same() -> None:
    whole, fewer = network().SerializeToString(), compressed().SerializeToString()
    assert len(fewer) < 0.51 * len(whole)
    bound = np.abs(WIDE[..., 0, 0]).T @ np.abs(NARROW[..., 0, 0]).T * 2**-10  # (200, 3): two roundings of 11 digits
    assert (np.abs(answers(fewer) - answers(whole)) <= bound + 1e-3).all()


def test_folded_it_has_32_bits_again(tmp_path: Path) -> None:
    fewer = compressed().SerializeToString()
    fold_constants(fewer, tmp_path / "folded.onnx")
    folded = onnx.load(tmp_path / "folded.onnx")
    assert {one.data_type for one in folded.graph.initializer} == {TensorProto.FLOAT}
    assert [node.op_type for node in folded.graph.node] == ["Conv", "Conv"]
    assert answers(folded.SerializeToString()) == pytest.approx(answers(fewer), abs=1e-4)


def test_what_may_not_lose_digits_keeps_them() -> None:
    made = network()
    compress_weights(made.graph, keep={"wide"})
    kept = {one.name: one.data_type for one in made.graph.initializer}
    assert kept["wide"] == TensorProto.FLOAT and kept["narrow_16"] == TensorProto.FLOAT16
