# drill: lora_linear
# /// wrong
# fails = "contract"
# message = "merge clears lora_b so that forward needs no flag, and with it the adapter that is to be trained on or saved."
# ///
"""Shows after merge(): lora_b is zero until unmerge() puts it back."""

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
        return y + self.scale * (x @ self.lora_a.T @ self.lora_b.T)

    @torch.no_grad()
    def merge(self) -> None:
        if not self._merged:
            self.base.weight.add_(self.delta())
            self.saved = self.lora_b.clone()
            self.lora_b.zero_()
            self._merged = True

    @torch.no_grad()
    def unmerge(self) -> None:
        if self._merged:
            self.lora_b.copy_(self.saved)
            self.base.weight.sub_(self.delta())
            self._merged = False
