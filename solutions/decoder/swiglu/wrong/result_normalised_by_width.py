# drill: swiglu
# /// wrong
# fails = "numerics"
# message = "The result is divided by the root of F, which belongs into the initialisation of w_down."
# ///
"""Shows when F > 1."""

from torch import Tensor
from torch.nn import functional as F


def swiglu(x: Tensor, w_gate: Tensor, w_up: Tensor, w_down: Tensor) -> Tensor:
    gate = x @ w_gate.T
    up = x @ w_up.T
    return (F.silu(gate) * up) @ w_down.T / w_gate.shape[0] ** 0.5
