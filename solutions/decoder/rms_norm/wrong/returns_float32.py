# drill: rms_norm
# /// wrong
# fails = "shape"
# message = "x is replaced by its float32 copy before its dtype is read, so half inputs give a float32 result."
# source = "https://github.com/meta-pytorch/torchtune/pull/11"
# ///
"""Shows in bfloat16 and float16, in the result's dtype."""

import torch
from torch import Tensor


def rms_norm(x: Tensor, weight: Tensor, eps: float = 1e-6) -> Tensor:
    x = x if x.dtype == torch.float64 else x.float()
    inverse = torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + eps)
    return (x * inverse).type_as(x) * weight
