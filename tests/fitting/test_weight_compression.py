"""Weights of few bits: a smaller file, the same answers, and all 32 bits back when they are folded."""

from pathlib import Path

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")
import onnxruntime  # noqa: E402
from onnx import TensorProto, helper, numpy_helper  # noqa: E402

from landmark.fitting.weight_compression import fold_constants, split_in_12_bits, with_fewer_bits  # noqa: E402

RNG = np.random.default_rng(0)
WIDE = RNG.normal(size=(300, 200, 1, 1)).astype(np.float32) * RNG.uniform(0.01, 30, (300, 1, 1, 1)).astype(np.float32)
NARROW = RNG.normal(size=(3, 300, 1, 1)).astype(np.float32)


def network() -> onnx.ModelProto:
    """Two convolutions of single pixels: (N, 200, 1, 1) -> (N, 300, 1, 1) -> (N, 3, 1, 1)."""
    nodes = [helper.make_node("Conv", ["x", "wide"], ["y"]), helper.make_node("Conv", ["y", "narrow"], ["z"])]
    shapes = {"x": ["n", 200, 1, 1], "z": ["n", 3, 1, 1]}
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in shapes.items()]
    weights = [numpy_helper.from_array(WIDE, "wide"), numpy_helper.from_array(NARROW, "narrow")]
    graph = helper.make_graph(nodes, "two", ends[:1], ends[1:], weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


def answers(content: bytes) -> np.ndarray:
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    [found] = session.run(["z"], {"x": np.eye(200, dtype=np.float32)[..., None, None]})
    return np.asarray(found)[..., 0, 0]  # (200, 3)


def small() -> onnx.ModelProto:
    made = network()
    assert with_fewer_bits(made.graph, lambda tensor: True) == 1
    onnx.checker.check_model(made)
    return made


def test_the_file_is_smaller_and_answers_the_same() -> None:
    whole, fewer = network().SerializeToString(), small().SerializeToString()
    assert len(fewer) < 0.42 * len(whole)  # 12 of 32 bits, and what tells them
    half_a_step = np.abs(WIDE).max(axis=(1, 2, 3)) / 2047 / 2  # (300,)
    bound = np.abs(NARROW[..., 0, 0]) @ half_a_step  # (3,)
    assert (np.abs(answers(fewer) - answers(whole)) <= 1.01 * bound + 0.02).all()


def test_no_weight_is_off_by_more_than_half_a_step() -> None:
    upper, lower, steps = split_in_12_bits(WIDE)
    fine = np.concatenate([lower >> 4, lower & 15])
    found = (16 * upper.astype(np.int64) + fine) * steps
    assert upper.dtype == np.int8 and lower.dtype == np.uint8 and lower.size == WIDE.size // 2
    assert (np.abs(found - WIDE) <= 0.5001 * steps).all()


def test_folded_it_has_32_bits_again(tmp_path: Path) -> None:
    fewer = small().SerializeToString()
    fold_constants(fewer, tmp_path / "folded.onnx")
    folded = onnx.load(tmp_path / "folded.onnx")
    assert {one.data_type for one in folded.graph.initializer} == {TensorProto.FLOAT}
    assert [node.op_type for node in folded.graph.node] == ["Conv", "Conv"]
    assert answers(folded.SerializeToString()) == pytest.approx(answers(fewer), abs=1e-4)


def test_what_may_not_lose_digits_keeps_them() -> None:
    made = network()
    with_fewer_bits(made.graph, lambda tensor: tensor.name != "wide")
    kept = {one.name: one.data_type for one in made.graph.initializer}
    assert kept["wide"] == TensorProto.FLOAT and kept["narrow_16"] == TensorProto.FLOAT16


@pytest.mark.parametrize("change", ["odd", "infinite", "no convolution", "not asked for"])
def test_what_12_bits_do_not_fit_gets_16(change: str) -> None:
    made = network()
    [wide] = [one for one in made.graph.initializer if one.name == "wide"]
    if change == "odd":
        wide.CopyFrom(numpy_helper.from_array(np.ones((299, 200, 1, 1), np.float32), "wide"))
    if change == "infinite":
        wide.CopyFrom(numpy_helper.from_array(np.full(WIDE.shape, np.inf, np.float32), "wide"))
    if change == "no convolution":
        made.graph.node[0].op_type = "Add"
    assert with_fewer_bits(made.graph, lambda tensor: True, wide_in_12_bits=change != "not asked for") == 0
    assert {one.name for one in made.graph.initializer} == {"wide_16", "narrow_16"}


def test_rows_of_nothing_stay_nothing() -> None:
    upper, lower, steps = split_in_12_bits(np.zeros((4, 6), np.float32))
    assert not upper.any() and not lower.any() and np.isfinite(steps).all()
