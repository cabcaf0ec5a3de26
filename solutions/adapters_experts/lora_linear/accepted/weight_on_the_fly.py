# drill: lora_linear
"""Unmerged, it forms the adapted weight anew in each call, with autograd through it; merging assigns to .data."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class LoRALinear(nn.Module):
    def __init__(self, base: nn.Linear, rank: int, alpha: float) -> None:
        if rank < 1:
            raise ValueError(rank)
        super().__init__()
        self.base = base
        base.weight.requires_grad_(False)
        if base.bias is not None:
            base.bias.requires_grad_(False)
        noise = torch.empty_like(base.weight[:1].expand(rank, -1)).normal_(std=0.02)
        self.lora_a = nn.Parameter(noise)
        self.lora_b = nn.Parameter(torch.zeros_like(base.weight[:, :1]).repeat(1, rank))
        self.scaling = alpha / rank
        self._is_merged = False

    @property
    def merged(self) -> bool:
        return self._is_merged

    def delta(self) -> Tensor:
        return self.scaling * torch.mm(self.lora_b, self.lora_a)

    def forward(self, x: Tensor) -> Tensor:
        weight = self.base.weight if self._is_merged else self.base.weight + self.delta()
        return F.linear(x, weight, self.base.bias)

    def merge(self) -> None:
        if not self._is_merged:
            self.base.weight.data = self.base.weight.data + self.delta().detach()
            self._is_merged = True

    def unmerge(self) -> None:
        if self._is_merged:
            self.base.weight.data = self.base.weight.data - self.delta().detach()
            self._is_merged = False
