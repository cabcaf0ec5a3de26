# drill: swiglu
# /// wrong
# fails = "numerics"
# message = "The gate goes through hardswish, a piecewise approximation of silu."
# ///
"""Shows when gates are of size 1; large gates hide it."""

from torch import Tensor
from torch.nn import functional as F


def swiglu(x: Tensor, w_gate: Tensor, w_up: Tensor, w_down: Tensor) -> Tensor:
    gate = x @ w_gate.T
    up = x @ w_up.T
    return (F.hardswish(gate) * up) @ w_down.T
