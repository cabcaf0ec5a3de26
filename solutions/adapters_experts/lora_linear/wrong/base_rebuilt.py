# drill: lora_linear
# /// wrong
# fails = "contract"
# message = "A new nn.Linear takes over the parameters of base, so self.base is not the module that was passed in."
# ///
"""Shows in the identity of self.base: hooks, buffers and attributes of the module that was passed in are lost."""

import math

import torch
from torch import Tensor, nn


class LoRALinear(nn.Module):
    def __init__(self, base: nn.Linear, rank: int, alpha: float) -> None:
        if rank < 1:
            raise ValueError(f"rank must be at least 1, got {rank}")
        super().__init__()
        self.base = nn.Linear(base.in_features, base.out_features, bias=False, device="meta")
        self.base.weight = base.weight
        self.base.bias = base.bias
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
