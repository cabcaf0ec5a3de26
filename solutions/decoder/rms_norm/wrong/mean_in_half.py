# drill: rms_norm
# /// wrong
# fails = "gpu"
# message = "The mean of squares is taken before going up to float32, so in float16 the square of 300 overflows."
# source = "https://github.com/jingyaogong/minimind/issues/301"
# ///
"""Shows in float16 when an entry exceeds 255 (the row comes out as zeros), or when the squares and eps
underflow."""

import torch
from torch import Tensor


def rms_norm(x: Tensor, weight: Tensor, eps: float = 1e-6) -> Tensor:
    wide = x if x.dtype == torch.float64 else x.float()
    inverse = torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + eps)
    return (wide * inverse).to(x.dtype) * weight
