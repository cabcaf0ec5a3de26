# drill: rms_norm
# /// wrong
# fails = "numerics"
# message = "torch.tensor(eps) has the default dtype, so float64 rows get an eps that is rounded to float32."
# ///
"""Shows in float64 against a tolerance tighter than 1e-9, when eps is not small against the mean square."""

import torch
from torch import Tensor


def rms_norm(x: Tensor, weight: Tensor, eps: float = 1e-6) -> Tensor:
    wide = x if x.dtype == torch.float64 else x.float()
    inverse = torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + torch.tensor(eps))
    return (wide * inverse).to(x.dtype) * weight
