# drill: swiglu
"""Goes through the hidden features in blocks and adds up their contributions, as a tensor-parallel layer would."""

import torch
from torch import Tensor
from torch.nn import functional as F

BLOCK = 4


def swiglu(x: Tensor, w_gate: Tensor, w_up: Tensor, w_down: Tensor) -> Tensor:
    parts = []
    for start in range(0, w_gate.size(0), BLOCK):
        block = slice(start, start + BLOCK)
        hidden = F.silu(x @ w_gate[block].T) * (x @ w_up[block].T)
        parts.append(hidden @ w_down[:, block].T)
    return torch.stack(parts).sum(dim=0)
