# drill: swiglu
# /// wrong
# fails = "finiteness"
# message = "The hidden features are clamped to the range of float16, in every dtype."
# ///
"""Shows when silu(gate) * up exceeds 65504 in float64, float32 or bfloat16."""

from torch import Tensor
from torch.nn import functional as F


def swiglu(x: Tensor, w_gate: Tensor, w_up: Tensor, w_down: Tensor) -> Tensor:
    gate = x @ w_gate.T
    up = x @ w_up.T
    return (F.silu(gate) * up).clamp(-65504.0, 65504.0) @ w_down.T
