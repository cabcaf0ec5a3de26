# drill: lora_linear
# /// wrong
# fails = "gradients"
# message = "lora_a starts at zero like lora_b, so either gradient is a product with zero and neither ever moves."
# source = "https://github.com/huggingface/peft/pull/681"
# ///
"""Shows on a fresh module: lora_a is all zeros and the gradient of lora_b is zero for every input."""

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
        self.lora_a = nn.Parameter(torch.zeros(rank, inputs, **options))
        self.lora_b = nn.Parameter(torch.zeros(outputs, rank, **options))

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
