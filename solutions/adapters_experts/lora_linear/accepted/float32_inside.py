# drill: lora_linear
"""Computes half precision in float32 and casts back; flattens the leading dimensions and uses addmm."""

import torch
from torch import Tensor, nn


def widened(t: Tensor) -> Tensor:
    return t if t.dtype == torch.float64 else t.float()


class LoRALinear(nn.Module):
    def __init__(self, base: nn.Linear, rank: int, alpha: float) -> None:
        super().__init__()
        if rank <= 0:
            raise ValueError(f"rank {rank} is below 1")
        self.base = base
        self.base.requires_grad_(False)
        self.scale = float(alpha) / rank
        self.register_parameter("lora_a", nn.Parameter(base.weight.new_empty((rank, base.in_features))))
        self.register_parameter("lora_b", nn.Parameter(base.weight.new_zeros((base.out_features, rank))))
        nn.init.normal_(self.lora_a, std=base.in_features**-0.5)
        self.state = "apart"

    @property
    def merged(self) -> bool:
        return self.state == "merged"

    def forward(self, x: Tensor) -> Tensor:
        rows = widened(x).reshape(-1, x.shape[-1])
        y = rows @ widened(self.base.weight).t()
        if self.base.bias is not None:
            y = y + widened(self.base.bias)
        if not self.merged:
            y = torch.addmm(y, rows @ widened(self.lora_a).t(), widened(self.lora_b).t(), alpha=self.scale)
        return y.reshape(*x.shape[:-1], -1).to(x.dtype)

    def _shift(self, sign: int) -> None:
        with torch.no_grad():
            total = torch.addmm(
                widened(self.base.weight), widened(self.lora_b), widened(self.lora_a), alpha=sign * self.scale
            )
            self.base.weight.copy_(total)

    def merge(self) -> None:
        if not self.merged:
            self._shift(+1)
            self.state = "merged"

    def unmerge(self) -> None:
        if self.merged:
            self._shift(-1)
            self.state = "apart"
