# drill: swiglu
"""One product with both upward matrices stacked, then a split; the sigmoid is called by name."""

import torch
from torch import Tensor


def swiglu(x: Tensor, w_gate: Tensor, w_up: Tensor, w_down: Tensor) -> Tensor:
    gate, up = (x @ torch.cat([w_gate, w_up], dim=0).mT).split(w_gate.shape[0], dim=-1)
    return (gate * torch.sigmoid(gate) * up) @ w_down.mT
