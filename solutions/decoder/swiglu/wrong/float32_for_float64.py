# drill: swiglu
# /// wrong
# fails = "numerics"
# message = "Every input is computed in float32 for safety, so float64 keeps only seven digits."
# ///
"""Shows in float64 against a tolerance tighter than 1e-7."""

import torch
from torch import Tensor
from torch.nn import functional as F


def swiglu(x: Tensor, w_gate: Tensor, w_up: Tensor, w_down: Tensor) -> Tensor:
    gate = x.float() @ w_gate.float().T
    up = x.float() @ w_up.float().T
    return ((F.silu(gate) * up) @ w_down.float().T).to(x.dtype)
