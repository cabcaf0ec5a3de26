# drill: rms_norm
# /// wrong
# fails = "numerics"
# message = "eps is added to the root, not to the mean square, so small rows get another scale."
# source = "https://github.com/allenai/OLMo/issues/281"
# ///
"""Shows when eps is not small against the mean square: rows of size 1e-3 with the default eps, or eps = 0.1. The
gradient of an all-zero row is NaN."""

import torch
from torch import Tensor


def rms_norm(x: Tensor, weight: Tensor, eps: float = 1e-6) -> Tensor:
    wide = x if x.dtype == torch.float64 else x.float()
    root = wide.pow(2).mean(-1, keepdim=True).sqrt()
    return (wide / (root + eps)).to(x.dtype) * weight
