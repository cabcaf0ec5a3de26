# drill: swiglu
# /// wrong
# fails = "gpu"
# message = "The result is added up in a buffer that is made without a device and stays on the CPU."
# ///
"""Shows when the inputs lie on another device than the CPU."""

import torch
from torch import Tensor
from torch.nn import functional as F


def swiglu(x: Tensor, w_gate: Tensor, w_up: Tensor, w_down: Tensor) -> Tensor:
    gate = x @ w_gate.T
    up = x @ w_up.T
    hidden = F.silu(gate) * up
    out = torch.zeros(x.shape, dtype=x.dtype)
    for feature in range(w_down.shape[1]):
        out = out + hidden[..., feature, None] * w_down[:, feature]
    return out
