# drill: swiglu
# /// wrong
# fails = "numerics"
# message = "The gate goes through gelu, which is GEGLU; the curves are close, but not the same."
# source = "https://arxiv.org/abs/2002.05202"
# ///
"""Shows when gates are of size 1, where the curves differ by about 0.1; near 0 and far from it they agree."""

import torch
from torch import Tensor
from torch.nn import functional as F


def swiglu(x: Tensor, w_gate: Tensor, w_up: Tensor, w_down: Tensor) -> Tensor:
    gate = x @ w_gate.T
    up = x @ w_up.T
    return (F.gelu(gate) * up) @ w_down.T
