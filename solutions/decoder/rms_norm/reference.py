# drill: rms_norm
"""Each row is divided by the root of its mean square, which keeps the direction and sets the length to about sqrt(D).

Squares leave the range of half precision long before the activations do, so the row goes up to float32 for the mean and
the division, and comes back for the weight.
"""

import torch
from torch import Tensor

LEDGER = {
    "mean_square": "[N, 1]",
    "parameters": "D",
    "wide_bytes": "4*N*D",
    "moved_bytes": "2*N*D + 2*N*D + 2*D",
}


def rms_norm(x: Tensor, weight: Tensor, eps: float = 1e-6) -> Tensor:
    """x [..., D], weight [D] -> [..., D]: x / sqrt(mean(x^2, last) + eps) * weight."""
    wide = x.to(torch.promote_types(x.dtype, torch.float32))  # half goes up to float32, float64 stays
    mean_square = wide.square().mean(dim=-1, keepdim=True)  # [..., 1]
    normed = wide / torch.sqrt(mean_square + eps)  # [..., D]
    return normed.to(x.dtype) * weight  # [..., D]
