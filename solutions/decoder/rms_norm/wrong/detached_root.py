# drill: rms_norm
# /// wrong
# fails = "gradients"
# message = "The root is taken under no_grad, so the gradient treats the divisor as a constant."
# ///
"""Shows in the gradient with respect to x; values and the weight's gradient are right."""

import torch
from torch import Tensor


def rms_norm(x: Tensor, weight: Tensor, eps: float = 1e-6) -> Tensor:
    wide = x if x.dtype == torch.float64 else x.float()
    with torch.no_grad():
        inverse = torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + eps)
    return (wide * inverse).to(x.dtype) * weight
