# drill: lora_linear
# /// wrong
# fails = "numerics"
# message = "merge forms the delta in float32 whatever the dtype, so a float64 layer loses half of its digits."
# source = "https://github.com/huggingface/peft/pull/1388"
# ///
"""Shows after merge() in float64, at relative errors of about 1e-8."""

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
        delta = self.scale * (self.lora_b.float() @ self.lora_a.float())
        return delta.to(self.base.weight.dtype)

    def forward(self, x: Tensor) -> Tensor:
        y = self.base(x)
        if self._merged:
            return y
        return y + self.scale * (x @ self.lora_a.T @ self.lora_b.T)

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
