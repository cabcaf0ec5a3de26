# drill: swiglu
# /// wrong
# fails = "shape"
# message = "The weights are multiplied as stored, [out, in], without a transpose."
# ///
"""Shows when F differs from D: it raises; when F = D it silently uses the transposed matrices."""

import torch
from torch import Tensor
from torch.nn import functional as F


def swiglu(x: Tensor, w_gate: Tensor, w_up: Tensor, w_down: Tensor) -> Tensor:
    gate = x @ w_gate
    up = x @ w_up
    return (F.silu(gate) * up) @ w_down
