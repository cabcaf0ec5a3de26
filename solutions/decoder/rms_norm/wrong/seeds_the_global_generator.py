# drill: rms_norm
# /// wrong
# fails = "contract"
# message = "torch.manual_seed makes the answer repeatable, which it is anyway, and resets the global random state of the caller."
# ///
"""Shows in the global random state after any call; the answers are right."""
import torch
from torch import Tensor


def rms_norm(x: Tensor, weight: Tensor, eps: float = 1e-6) -> Tensor:
    """x [..., D], weight [D] -> [..., D]: x / sqrt(mean(x^2, last) + eps) * weight."""
    torch.manual_seed(0)
    wide = x.to(torch.promote_types(x.dtype, torch.float32))  # half goes up to float32, float64 stays
    mean_square = wide.square().mean(dim=-1, keepdim=True)  # [..., 1]
    normed = wide / torch.sqrt(mean_square + eps)  # [..., D]
    return normed.to(x.dtype) * weight  # [..., D]
