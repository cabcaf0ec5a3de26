# drill: swiglu
# /// wrong
# fails = "gradients"
# message = "nan_to_num repairs what exp spoils in the values; behind it the gradient is NaN still."
# ///
"""Shows in the gradients for gates of large size; every value is right."""

import torch
from torch import Tensor


def swiglu(x: Tensor, w_gate: Tensor, w_up: Tensor, w_down: Tensor) -> Tensor:
    gate = x @ w_gate.T
    up = x @ w_up.T
    opening = torch.exp(gate) / (1 + torch.exp(gate))
    opening = torch.nan_to_num(opening, nan=1.0)
    return (gate * opening * up) @ w_down.T
