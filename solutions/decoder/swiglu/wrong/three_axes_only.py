# drill: swiglu
# /// wrong
# fails = "shape"
# message = "The shape is unpacked as [B, S, D], so inputs with another number of axes raise."
# ///
"""Shows when x has one, two or four axes."""

import torch
from torch import Tensor
from torch.nn import functional as F


def swiglu(x: Tensor, w_gate: Tensor, w_up: Tensor, w_down: Tensor) -> Tensor:
    B, S, D = x.shape
    rows = x.reshape(B * S, D)
    gate = rows @ w_gate.T
    up = rows @ w_up.T
    return ((F.silu(gate) * up) @ w_down.T).reshape(B, S, D)
