# drill: rms_norm
"""Multiplies by the inverse root, and multiplies the weight in float32 too, before the one cast at the end."""

import torch
from torch import Tensor


def rms_norm(x: Tensor, weight: Tensor, eps: float = 1e-6) -> Tensor:
    if x.dtype == torch.float64:
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + eps) * weight
    up = x.float()
    inverse = torch.rsqrt(up.pow(2).mean(-1, keepdim=True) + eps)
    return (weight.float() * (up * inverse)).to(x.dtype)
