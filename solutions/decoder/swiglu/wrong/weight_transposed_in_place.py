# drill: swiglu
# /// wrong
# fails = "contract"
# message = "t_() transposes w_gate itself, so the caller's weight has another shape afterwards."
# ///
"""Shows on any input: w_gate has the shape [D, F] after the call, and a second call raises or is wrong."""

import torch
from torch import Tensor
from torch.nn import functional as F


def swiglu(x: Tensor, w_gate: Tensor, w_up: Tensor, w_down: Tensor) -> Tensor:
    gate = x @ w_gate.t_()
    up = x @ w_up.T
    return (F.silu(gate) * up) @ w_down.T
