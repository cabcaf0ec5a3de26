# drill: lora_linear
"""Holds the factors as the weights of two nn.Linear layers and hands them out as properties; the flag is a buffer, and
alpha and rank are applied from left to right."""

import torch
from torch import Tensor, nn


class LoRALinear(nn.Module):
    def __init__(self, base: nn.Linear, rank: int, alpha: float) -> None:
        super().__init__()
        if rank < 1:
            raise ValueError(f"a rank of {rank} leaves nothing to train")
        self.base = base.requires_grad_(False)
        options = {"bias": False, "dtype": base.weight.dtype, "device": base.weight.device}
        self.down = nn.Linear(base.in_features, rank, **options)
        self.up = nn.Linear(rank, base.out_features, **options)
        nn.init.zeros_(self.up.weight)
        self.alpha = alpha
        self.rank = rank
        self.register_buffer("flag", torch.tensor(False))

    @property
    def lora_a(self) -> nn.Parameter:
        return self.down.weight

    @property
    def lora_b(self) -> nn.Parameter:
        return self.up.weight

    @property
    def merged(self) -> bool:
        return bool(self.flag)

    def forward(self, x: Tensor) -> Tensor:
        y = self.base(x)
        return y if self.merged else y + self.up(self.down(x)) * self.alpha / self.rank

    @torch.no_grad()
    def toggle(self) -> None:
        delta = self.lora_b @ self.lora_a * self.alpha / self.rank
        self.base.weight += -delta if self.merged else delta
        self.flag.logical_not_()

    def merge(self) -> None:
        if not self.merged:
            self.toggle()

    def unmerge(self) -> None:
        if self.merged:
            self.toggle()
