# drill: swiglu
# /// wrong
# fails = "numerics"
# message = "silu always goes through float32, so float64 inputs keep only seven digits."
# ///
"""Shows in float64 against a tolerance tighter than 1e-7."""

from torch import Tensor
from torch.nn import functional as F


def swiglu(x: Tensor, w_gate: Tensor, w_up: Tensor, w_down: Tensor) -> Tensor:
    gate = x @ w_gate.T
    up = x @ w_up.T
    return (F.silu(gate.float()).to(x.dtype) * up) @ w_down.T
