# drill: swiglu
# /// wrong
# fails = "numerics"
# message = "This is a plain silu feed-forward: the gate is not multiplied by the up branch, and w_up is never used."
# source = "https://github.com/google-research/timesfm/issues/493"
# ///
"""Shows on any input."""

import torch
from torch import Tensor
from torch.nn import functional as F


def swiglu(x: Tensor, w_gate: Tensor, w_up: Tensor, w_down: Tensor) -> Tensor:
    gate = x @ w_gate.T
    return (F.silu(gate)) @ w_down.T
