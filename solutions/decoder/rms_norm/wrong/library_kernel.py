# drill: rms_norm
# /// wrong
# fails = "contract"
# message = "F.rms_norm is the very thing that this drill asks you to write."
# ///
"""Shows in the forbidden calls; every value is right."""

import torch
from torch import Tensor
from torch.nn import functional as F


def rms_norm(x: Tensor, weight: Tensor, eps: float = 1e-6) -> Tensor:
    wide = x if x.dtype == torch.float64 else x.float()
    return F.rms_norm(wide, (x.shape[-1],), eps=eps).to(x.dtype) * weight
