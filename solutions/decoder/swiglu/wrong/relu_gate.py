# drill: swiglu
# /// wrong
# fails = "numerics"
# message = "The gate goes through relu, which is ReGLU; silu lets small negative gates through."
# ///
"""Shows when gates are of size 1; large gates hide it."""

import torch
from torch import Tensor


def swiglu(x: Tensor, w_gate: Tensor, w_up: Tensor, w_down: Tensor) -> Tensor:
    gate = x @ w_gate.T
    up = x @ w_up.T
    return (torch.relu(gate) * up) @ w_down.T
