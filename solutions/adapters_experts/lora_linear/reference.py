# drill: lora_linear
"""The base weight is frozen and a product of two thin matrices is trained beside it. B starts at zero, so the module
starts as the base layer; A starts at random, or B would never get a gradient. For serving, the product folds into the
weight, and since matrix products are linear the two ways of computing agree to rounding."""

import math

import torch
from torch import Tensor, nn

LEDGER = {
    "down_projection": "[B, S, R]",
    "delta": "[O, I]",
    "trainable": "R*(I + O)",
    "optimizer_bytes": "12*R*(I + O)",
}


class LoRALinear(nn.Module):
    def __init__(self, base: nn.Linear, rank: int, alpha: float) -> None:
        if rank < 1:
            raise ValueError(f"rank must be at least 1, got {rank}")
        super().__init__()
        self.base = base.requires_grad_(False)  # weight and bias
        self.scale = alpha / rank
        self._merged = False

        # new_empty and new_zeros take dtype and device from the weight.
        outputs, inputs = base.weight.shape
        self.lora_a = nn.Parameter(base.weight.new_empty(rank, inputs))  # [R, I]
        self.lora_b = nn.Parameter(base.weight.new_zeros(outputs, rank))  # [O, R]
        nn.init.kaiming_uniform_(self.lora_a, a=math.sqrt(5))

    @property
    def merged(self) -> bool:
        return self._merged

    def forward(self, x: Tensor) -> Tensor:
        y = self.base(x)  # [..., O]
        if self._merged:
            return y
        low = x @ self.lora_a.T  # [..., R]; the two thin products cost R * (I + O), the delta itself R * I * O
        return y + self.scale * (low @ self.lora_b.T)

    def merge(self) -> None:
        if not self._merged:
            self._add_to_weight(self.scale)
            self._merged = True

    def unmerge(self) -> None:
        if self._merged:
            self._add_to_weight(-self.scale)
            self._merged = False

    @torch.no_grad()
    def _add_to_weight(self, scale: float) -> None:
        # The sum is formed in float32 at least and rounded once: a bfloat16 delta would lose its last bits twice.
        weight = self.base.weight
        wide = torch.promote_types(weight.dtype, torch.float32)
        delta = scale * (self.lora_b.to(wide) @ self.lora_a.to(wide))  # [O, I]
        weight.copy_(weight.to(wide) + delta)  # in place: whoever else holds this Parameter sees the change
