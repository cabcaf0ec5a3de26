# drill: swiglu
# /// wrong
# fails = "shape"
# message = "Half inputs go up to float32 and never come back, so the result has the wrong dtype."
# ///
"""Shows in bfloat16 and float16, in the result's dtype."""

import torch
from torch import Tensor
from torch.nn import functional as F


def swiglu(x: Tensor, w_gate: Tensor, w_up: Tensor, w_down: Tensor) -> Tensor:
    work = torch.promote_types(x.dtype, torch.float32)
    gate = x.to(work) @ w_gate.to(work).T
    up = x.to(work) @ w_up.to(work).T
    return (F.silu(gate) * up) @ w_down.to(work).T
