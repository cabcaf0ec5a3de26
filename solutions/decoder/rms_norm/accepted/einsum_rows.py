# drill: rms_norm
"""The mean of squares is a row-wise dot product by einsum; the inverse root scales rows by another einsum."""

import torch
from torch import Tensor


def rms_norm(x: Tensor, weight: Tensor, eps: float = 1e-6) -> Tensor:
    work = torch.float64 if x.dtype == torch.float64 else torch.float32
    rows = x.to(work)
    total = torch.einsum("...d,...d->...", rows, rows)
    inverse = (total / x.shape[-1] + eps) ** -0.5
    return torch.einsum("...d,...,d->...d", rows, inverse, weight.to(work)).to(x.dtype)
