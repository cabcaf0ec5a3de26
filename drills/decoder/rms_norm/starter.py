# drill: rms_norm
"""Root-mean-square normalisation over the last axis."""

import torch
from torch import Tensor

LEDGER = {
    "mean_square": "",  # shape of the mean of squares for x [N, D]
    "parameters": "",  # parameters of one RMSNorm
    "wide_bytes": "",  # bytes of the float32 copy of a bfloat16 x [N, D]
    "moved_bytes": "",  # least bytes moved by one fused pass over a bfloat16 x [N, D]
}


def rms_norm(x: Tensor, weight: Tensor, eps: float = 1e-6) -> Tensor:
    """x [..., D], weight [D] -> [..., D]: x / sqrt(mean(x^2, last) + eps) * weight."""
    raise NotImplementedError("write me")
