# drill: lora_linear
"""Keeps a copy of the weight while merged and puts it back, so that unmerge is exact; the delta is one einsum."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class LoRALinear(nn.Module):
    def __init__(self, base: nn.Linear, rank: int, alpha: float) -> None:
        super().__init__()
        if rank < 1:
            raise ValueError("rank must be positive")
        self.base = base
        for parameter in base.parameters():
            parameter.requires_grad = False
        options = {"dtype": base.weight.dtype, "device": base.weight.device}
        self.lora_a = nn.Parameter(torch.randn(rank, base.in_features, **options) / rank)
        self.lora_b = nn.Parameter(torch.zeros(base.out_features, rank, **options))
        self.alpha = alpha
        self.rank = rank
        self.saved: Tensor | None = None

    @property
    def merged(self) -> bool:
        return self.saved is not None

    def forward(self, x: Tensor) -> Tensor:
        if self.merged:
            return F.linear(x, self.base.weight, self.base.bias)
        adapted = F.linear(F.linear(x, self.lora_a), self.lora_b)
        return F.linear(x, self.base.weight, self.base.bias) + adapted * (self.alpha / self.rank)

    def merge(self) -> None:
        if self.merged:
            return
        self.saved = self.base.weight.detach().clone()
        with torch.no_grad():
            delta = torch.einsum("or,ri->oi", self.lora_b, self.lora_a) * (self.alpha / self.rank)
            self.base.weight += delta

    def unmerge(self) -> None:
        if self.saved is None:
            return
        with torch.no_grad():
            self.base.weight.copy_(self.saved)
        self.saved = None
