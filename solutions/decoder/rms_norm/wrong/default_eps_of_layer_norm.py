# drill: rms_norm
# /// wrong
# fails = "numerics"
# message = "The default of eps is 1e-5, that of nn.LayerNorm, not 1e-6."
# ///
"""Shows when eps is not given and rows are of size 1e-3."""

import torch
from torch import Tensor


def rms_norm(x: Tensor, weight: Tensor, eps: float = 1e-5) -> Tensor:
    wide = x if x.dtype == torch.float64 else x.float()
    inverse = torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + eps)
    return (wide * inverse).to(x.dtype) * weight
