# drill: swiglu
# /// wrong
# fails = "numerics"
# message = "silu is applied to the product of both branches; it belongs on the gate alone."
# source = "https://github.com/Nijikadesu/breakdown-minimind/issues/3"
# ///
"""Shows on any input."""

import torch
from torch import Tensor
from torch.nn import functional as F


def swiglu(x: Tensor, w_gate: Tensor, w_up: Tensor, w_down: Tensor) -> Tensor:
    gate = x @ w_gate.T
    up = x @ w_up.T
    return (F.silu(gate * up)) @ w_down.T
