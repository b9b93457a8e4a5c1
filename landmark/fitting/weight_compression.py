"""An ONNX graph's weights stored with fewer bits, and made 32-bit floats again by nodes that a runtime computes once.

16-bit floats for most; for wide convolutions integers of 12 bits, in steps of each output's largest weight: nearly as
exact, and a quarter smaller.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_SMALL = 256  # tensors of fewer numbers stay as they are: they weigh nothing, and biases deserve it
_WIDE = 50_000  # from so many numbers on, 12 bits are worth their nodes
_LEAST_OF_AN_OUTPUT = 64  # and from so many weights of each output, their steps
_MOST = 2047  # steps to either side of 0


def with_fewer_bits(graph: Any, may: Callable[[Any], bool], *, wide_in_12_bits: bool = True) -> int:
    """Store the large 32-bit weights of an ONNX graph, of those that `may` be, with 16 bits or 12, in place.

    Returns how many tensors have 12 now.
    """
    from onnx import TensorProto

    nodes, n_in_12_bits = [], 0
    for tensor in [*graph.initializer]:
        n_numbers = int(np.prod(tensor.dims))
        if tensor.data_type != TensorProto.FLOAT or n_numbers < _SMALL or not may(tensor):
            continue
        in_12_bits = wide_in_12_bits and n_numbers >= _WIDE and _has_even_outputs(tensor, graph)
        nodes += _as_12_bits(tensor, graph) if in_12_bits else _as_16_bits(tensor)
        n_in_12_bits += in_12_bits
    for node in reversed(nodes):
        graph.node.insert(0, node)
    return n_in_12_bits


def _has_even_outputs(tensor: Any, graph: Any) -> bool:
    """Whether a tensor's first axis is that of a convolution's outputs, evenly many, each of enough finite weights."""
    from onnx import numpy_helper

    users = [node for node in graph.node if tensor.name in node.input]
    if not all(node.op_type == "Conv" and node.input[1] == tensor.name for node in users) or tensor.dims[0] % 2:
        return False
    enough = np.prod(tensor.dims[1:]) >= _LEAST_OF_AN_OUTPUT
    return bool(enough and np.isfinite(numpy_helper.to_array(tensor)).all())


def fold_constants(network: bytes, out: Path) -> None:
    """Write an ONNX network with everything computed that does not depend on photos, and its weights as 32-bit floats.

    Example: `fold_constants(Path("model.onnx").read_bytes(), Path("folded.onnx"))`.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC  # stays plain ONNX
    options.optimized_model_filepath = str(out)
    options.log_severity_level = 3
    onnxruntime.InferenceSession(network, options, providers=["CPUExecutionProvider"])


def _as_16_bits(tensor: Any) -> list[Any]:
    """Store a tensor as float16; the nodes that make of it what it was."""
    from onnx import TensorProto, helper, numpy_helper

    name = tensor.name
    tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float16), f"{name}_16"))
    return [helper.make_node("Cast", [tensor.name], [name], to=TensorProto.FLOAT)]


def _as_12_bits(tensor: Any, graph: Any) -> list[Any]:
    """Store a tensor as integers of 12 bits and their steps; the nodes that make of it what it was.

    The upper 8 bits are a tensor of their own; the lower 4 of the first and second half share bytes. What can be is
    computed in bytes: a runtime keeps everything in memory while it loads.
    """
    from onnx import TensorProto, helper, numpy_helper

    name, upper, lower, steps = tensor.name, *split_in_12_bits(numpy_helper.to_array(tensor))
    tensor.CopyFrom(numpy_helper.from_array(upper, f"{name}_upper"))
    more = {"lower": lower, "steps": steps, "16_steps": 16 * steps, "four": np.uint8(4), "fifteen": np.uint8(15)}
    graph.initializer.extend(numpy_helper.from_array(np.asarray(value), f"{name}_{key}") for key, value in more.items())

    def node(operation: str, inputs: str, output: str, **attributes: Any) -> Any:
        return helper.make_node(operation, [f"{name}_{key}" for key in inputs.split()], [output], **attributes)

    return [
        node("BitShift", "lower four", f"{name}_first", direction="RIGHT"),
        node("BitwiseAnd", "lower fifteen", f"{name}_second"),
        node("Concat", "first second", f"{name}_nibbles", axis=0),
        node("Cast", "nibbles", f"{name}_fine", to=TensorProto.FLOAT),
        node("Mul", "fine steps", f"{name}_fine_part"),
        node("Cast", "upper", f"{name}_coarse", to=TensorProto.FLOAT),
        node("Mul", "coarse 16_steps", f"{name}_coarse_part"),
        node("Add", "coarse_part fine_part", name),
    ]


def split_in_12_bits(
    weights: NDArray[np.float32],
) -> tuple[NDArray[np.int8], NDArray[np.uint8], NDArray[np.float32]]:
    """Weights (O, …) as upper bits (O, …), lower bits (O / 2, …), and steps (O, 1, …); O is even.

    >>> upper, lower, steps = split_in_12_bits(np.array([[20.47, -20.47], [0.0, 0.33]], np.float32))
    >>> upper.tolist(), lower.tolist()  # 2047, -2047 and 0, 2047 steps: the first half and the second share bytes
    ([[127, -128], [0, 127]], [[240, 31]])
    """
    largest = np.abs(weights).max(axis=tuple(range(1, weights.ndim)), keepdims=True)
    steps = np.maximum(largest / _MOST, 1e-12).astype(np.float32)
    numbers = np.clip(np.rint(weights / steps), -_MOST, _MOST).astype(np.int16)
    first, second = np.split((numbers & 15).astype(np.uint8), 2)
    return (numbers >> 4).astype(np.int8), (first << 4) | second, steps
