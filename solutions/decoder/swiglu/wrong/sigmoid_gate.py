# drill: swiglu
# /// wrong
# fails = "numerics"
# message = "The gate is a sigmoid, which is the older GLU; SwiGLU multiplies the sigmoid by its argument."
# source = "https://arxiv.org/abs/2002.05202"
# ///
"""Shows on any input whose gate is not 1."""

import torch
from torch import Tensor
from torch.nn import functional as F


def swiglu(x: Tensor, w_gate: Tensor, w_up: Tensor, w_down: Tensor) -> Tensor:
    gate = x @ w_gate.T
    up = x @ w_up.T
    return (torch.sigmoid(gate) * up) @ w_down.T
