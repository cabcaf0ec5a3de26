# drill: swiglu
# /// wrong
# fails = "shape"
# message = "squeeze() takes back the axis that atleast_2d may have added, and every other axis of size 1 as well."
# ///
"""Shows when an axis of x has size 1."""

import torch
from torch import Tensor
from torch.nn import functional as F


def swiglu(x: Tensor, w_gate: Tensor, w_up: Tensor, w_down: Tensor) -> Tensor:
    rows = torch.atleast_2d(x)
    gate = rows @ w_gate.T
    up = rows @ w_up.T
    return ((F.silu(gate) * up) @ w_down.T).squeeze()
