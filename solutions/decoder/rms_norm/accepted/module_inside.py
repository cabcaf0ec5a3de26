# drill: rms_norm
"""Written as a module of one's own and called functionally; the division is by the root itself, row by row."""

import torch
from torch import Tensor, nn


class Normaliser(nn.Module):
    def __init__(self, eps: float) -> None:
        super().__init__()
        self.eps = eps

    def forward(self, rows: Tensor) -> Tensor:
        mean_square = torch.mean(rows * rows, dim=-1)
        return rows.div(mean_square.add(self.eps).sqrt().unsqueeze(-1))


def rms_norm(x: Tensor, weight: Tensor, eps: float = 1e-6) -> Tensor:
    work = torch.promote_types(x.dtype, torch.float32)
    rows = x.reshape(-1, x.shape[-1]).to(work)
    normed = Normaliser(eps)(rows).to(x.dtype)
    return normed.reshape(x.shape).mul(weight)
