# drill: lora_linear
# /// wrong
# fails = "finiteness"
# message = "x is multiplied by alpha before the division by rank, so large activations overflow in half precision."
# ///
"""Shows in float16 for entries of 300 and alpha = 256: inf, and NaN after the products. Other dtypes come out right."""

import math

import torch
from torch import Tensor, nn


class LoRALinear(nn.Module):
    def __init__(self, base: nn.Linear, rank: int, alpha: float) -> None:
        if rank < 1:
            raise ValueError(f"rank must be at least 1, got {rank}")
        super().__init__()
        self.base = base
        self.base.requires_grad_(False)
        self.alpha = alpha
        self.rank = rank
        self._merged = False
        outputs, inputs = base.weight.shape
        options = {"dtype": base.weight.dtype, "device": base.weight.device}
        self.lora_a = nn.Parameter(torch.empty(rank, inputs, **options))
        self.lora_b = nn.Parameter(torch.zeros(outputs, rank, **options))
        nn.init.kaiming_uniform_(self.lora_a, a=math.sqrt(5))

    @property
    def merged(self) -> bool:
        return self._merged

    def delta(self) -> Tensor:
        return self.alpha / self.rank * (self.lora_b @ self.lora_a)  # [out, in]

    def forward(self, x: Tensor) -> Tensor:
        y = self.base(x)
        if self._merged:
            return y
        return y + (x * self.alpha) @ self.lora_a.T @ self.lora_b.T / self.rank

    @torch.no_grad()
    def merge(self) -> None:
        if not self._merged:
            self.base.weight.add_(self.delta())
            self._merged = True

    @torch.no_grad()
    def unmerge(self) -> None:
        if self._merged:
            self.base.weight.sub_(self.delta())
            self._merged = False
