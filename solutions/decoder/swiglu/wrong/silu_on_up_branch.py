# drill: swiglu
# /// wrong
# fails = "numerics"
# message = "silu is applied to the up branch instead of the gate."
# source = "https://github.com/ml-explore/mlx-lm/issues/767"
# ///
"""Shows when w_gate and w_up differ."""

import torch
from torch import Tensor
from torch.nn import functional as F


def swiglu(x: Tensor, w_gate: Tensor, w_up: Tensor, w_down: Tensor) -> Tensor:
    gate = x @ w_gate.T
    up = x @ w_up.T
    return (gate * F.silu(up)) @ w_down.T
