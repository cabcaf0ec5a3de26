# drill: lora_linear
# /// wrong
# fails = "contract"
# message = "Results are written into a buffer that the next call writes again, so an earlier result changes."
# ///
"""Shows when a result computed under no_grad is kept and forward is called again with an x of the same shape."""

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
        self.scale = alpha / rank
        self._merged = False
        self.buffer = torch.empty(0)
        outputs, inputs = base.weight.shape
        options = {"dtype": base.weight.dtype, "device": base.weight.device}
        self.lora_a = nn.Parameter(torch.empty(rank, inputs, **options))
        self.lora_b = nn.Parameter(torch.zeros(outputs, rank, **options))
        nn.init.kaiming_uniform_(self.lora_a, a=math.sqrt(5))

    @property
    def merged(self) -> bool:
        return self._merged

    def delta(self) -> Tensor:
        return self.scale * (self.lora_b @ self.lora_a)  # [out, in]

    def forward(self, x: Tensor) -> Tensor:
        y = self.base(x)
        if not self._merged:
            y = y + self.scale * (x @ self.lora_a.T @ self.lora_b.T)
        if torch.is_grad_enabled():
            return y
        if self.buffer.shape != y.shape:
            self.buffer = torch.empty_like(y)
        return self.buffer.copy_(y)

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
