"""An ONNX graph's weights stored as 16-bit floats, and made 32-bit again by nodes that a runtime computes once."""

from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np

_SMALL = 256  # tensors of fewer numbers stay as they are: they weigh nothing, and biases deserve it


def compress_weights(graph: Any, *, keep: Collection[str] = ()) -> None:
    """Store the large 32-bit weights of an ONNX graph with 16 bits, in place, but those of the names in `keep`.

    Example: `compress_weights(onnx.load("model.onnx").graph)`.
    """
    from onnx import TensorProto, helper, numpy_helper

    for tensor in reversed(graph.initializer):
        name = tensor.name
        if tensor.data_type != TensorProto.FLOAT or np.prod(tensor.dims) < _SMALL or name in keep:
            continue
        tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float16), f"{name}_16"))
        graph.node.insert(0, helper.make_node("Cast", [tensor.name], [name], to=TensorProto.FLOAT))


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
