# drill: rms_norm
# /// wrong
# fails = "numerics"
# message = "The eps argument is never used; the constant 1e-6 stands in its place."
# source = "https://github.com/PaddlePaddle/FastDeploy/pull/2790"
# ///
"""Shows when eps differs from 1e-6 and is not small against the mean square."""

import torch
from torch import Tensor


def rms_norm(x: Tensor, weight: Tensor, eps: float = 1e-6) -> Tensor:
    wide = x if x.dtype == torch.float64 else x.float()
    inverse = torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + 1e-6)
    return (wide * inverse).to(x.dtype) * weight
