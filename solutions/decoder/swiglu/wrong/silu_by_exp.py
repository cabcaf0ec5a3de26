# drill: swiglu
# /// wrong
# fails = "gradients"
# message = "silu is written as z / (1 + exp(-z)): for large negative z exp overflows and the gradient is NaN."
# source = "https://github.com/trymirai/lalamo/pull/328"
# ///
"""Shows in the gradients when a gate is below -88 (-709 in float64, -11 in float16); the values are right."""

import torch
from torch import Tensor
from torch.nn import functional as F


def swiglu(x: Tensor, w_gate: Tensor, w_up: Tensor, w_down: Tensor) -> Tensor:
    gate = x @ w_gate.T
    up = x @ w_up.T
    return (gate / (1 + torch.exp(-gate)) * up) @ w_down.T
