# drill: rms_norm
# /// wrong
# fails = "numerics"
# message = "x is divided by the inverse root, which multiplies it by the root mean square instead of dividing."
# source = "https://github.com/mosaicml/llm-foundry/issues/371"
# ///
"""Shows on any row whose root mean square is not 1."""

import torch
from torch import Tensor


def rms_norm(x: Tensor, weight: Tensor, eps: float = 1e-6) -> Tensor:
    wide = x if x.dtype == torch.float64 else x.float()
    inverse = torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + eps)
    return (wide / inverse).to(x.dtype) * weight
