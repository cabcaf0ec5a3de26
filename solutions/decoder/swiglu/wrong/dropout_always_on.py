# drill: swiglu
# /// wrong
# fails = "numerics"
# message = "F.dropout is active unless training=False is passed, so hidden features are dropped at random."
# source = "https://github.com/rixwew/pytorch-fm/issues/21"
# ///
"""Shows on nearly any input: two calls differ, and the global random state moves."""

import torch
from torch import Tensor
from torch.nn import functional as F


def swiglu(x: Tensor, w_gate: Tensor, w_up: Tensor, w_down: Tensor) -> Tensor:
    gate = x @ w_gate.T
    up = x @ w_up.T
    return F.dropout(F.silu(gate) * up, p=0.1) @ w_down.T
