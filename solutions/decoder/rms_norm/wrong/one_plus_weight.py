# drill: rms_norm
# /// wrong
# fails = "numerics"
# message = "This multiplies by 1 + weight, which is Gemma's norm; here the weight is the whole factor."
# source = "https://github.com/huggingface/transformers/pull/29402"
# ///
"""Shows on any row that is not all zero."""

import torch
from torch import Tensor


def rms_norm(x: Tensor, weight: Tensor, eps: float = 1e-6) -> Tensor:
    wide = x if x.dtype == torch.float64 else x.float()
    inverse = torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + eps)
    return (wide * inverse).to(x.dtype) * (1 + weight)
