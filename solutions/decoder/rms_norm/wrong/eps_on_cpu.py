# drill: rms_norm
# /// wrong
# fails = "gpu"
# message = "eps becomes a one-element tensor on the CPU, which cannot be added to values on an accelerator."
# ///
"""Shows when x lies on another device than the CPU."""

import torch
from torch import Tensor


def rms_norm(x: Tensor, weight: Tensor, eps: float = 1e-6) -> Tensor:
    wide = x if x.dtype == torch.float64 else x.float()
    floor = torch.tensor([eps], dtype=wide.dtype)
    inverse = torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + floor)
    return (wide * inverse).to(x.dtype) * weight
