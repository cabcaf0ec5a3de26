# drill: swiglu
# /// wrong
# fails = "shape"
# message = "view(-1, D) merges the leading axes without a copy, which fails on transposed or expanded inputs."
# ///
"""Shows when x has three axes or more and is non-contiguous over the leading ones: the call raises."""

import torch
from torch import Tensor
from torch.nn import functional as F


def swiglu(x: Tensor, w_gate: Tensor, w_up: Tensor, w_down: Tensor) -> Tensor:
    rows = x.view(-1, x.shape[-1])
    gate = rows @ w_gate.T
    up = rows @ w_up.T
    return ((F.silu(gate) * up) @ w_down.T).view(x.shape)
