# drill: lora_linear
"""Adds the delta as a sum of rank-one terms in a loop over the rank, with the scale put on the input of the adapter,
and keeps the merged delta in a list so that unmerge subtracts the same numbers."""

import torch
from torch import Tensor, nn


class LoRALinear(nn.Module):
    def __init__(self, base: nn.Linear, rank: int, alpha: float) -> None:
        if not rank >= 1:
            raise ValueError("rank < 1")
        super().__init__()
        self.base = base
        self.base.requires_grad_(False)
        like = {"dtype": base.weight.dtype, "device": base.weight.device}
        self.lora_a = nn.Parameter(torch.rand(rank, base.weight.size(1), **like) - 0.5)
        self.lora_b = nn.Parameter(torch.zeros(base.weight.size(0), rank, **like))
        self.scale = alpha / rank
        self.folded: list[Tensor] = []

    @property
    def merged(self) -> bool:
        return bool(self.folded)

    def forward(self, x: Tensor) -> Tensor:
        y = self.base(x)
        if not self.merged:
            for row, column in zip(self.lora_a, self.lora_b.unbind(1), strict=True):
                y = y + (x * self.scale * row).sum(-1, keepdim=True) * column
        return y

    @torch.no_grad()
    def merge(self) -> None:
        if self.merged:
            return
        delta = torch.zeros_like(self.base.weight)
        for row, column in zip(self.lora_a, self.lora_b.unbind(1), strict=True):
            delta += self.scale * torch.outer(column, row)
        self.base.weight.add_(delta)
        self.folded.append(delta)

    @torch.no_grad()
    def unmerge(self) -> None:
        while self.folded:
            self.base.weight.sub_(self.folded.pop())
