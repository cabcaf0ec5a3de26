# drill: swiglu
# /// wrong
# fails = "gradients"
# message = "The sigmoid is taken under no_grad, so the gate's gradient lacks the part that goes through it."
# ///
"""Shows in the gradients of x and w_gate; the values are right."""

import torch
from torch import Tensor
from torch.nn import functional as F


def swiglu(x: Tensor, w_gate: Tensor, w_up: Tensor, w_down: Tensor) -> Tensor:
    gate = x @ w_gate.T
    up = x @ w_up.T
    with torch.no_grad():
        opening = torch.sigmoid(gate)
    return (gate * opening * up) @ w_down.T
