# drill: decoder_block
"""One matrix product for q, k and v, heads by einops, an additive -inf mask and the norm weight inside float32."""

import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional as F


class Norm(nn.Module):
    def __init__(self, width: int, eps: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        wide = x.double() if x.dtype == torch.float64 else x.float()
        normed = wide * torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + self.eps)
        return (normed * self.weight.to(wide.dtype)).to(x.dtype)


class DecoderBlock(nn.Module):
    def __init__(self, d_model: int, n_heads: int, d_ff: int, eps: float = 1e-6) -> None:
        if d_model % n_heads:
            raise ValueError(f"{d_model=} is no multiple of {n_heads=}")
        super().__init__()
        self.H = n_heads
        self.attn_norm, self.ffn_norm = Norm(d_model, eps), Norm(d_model, eps)
        for name in ("q_proj", "k_proj", "v_proj", "o_proj"):
            setattr(self, name, nn.Linear(d_model, d_model, bias=False))
        self.gate_proj, self.up_proj = (nn.Linear(d_model, d_ff, bias=False) for _ in range(2))
        self.down_proj = nn.Linear(d_ff, d_model, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        stacked = torch.cat([self.q_proj.weight, self.k_proj.weight, self.v_proj.weight])  # [3D, D]
        q, k, v = rearrange(F.linear(self.attn_norm(x), stacked), "b s (n h d) -> n b h s d", n=3, h=self.H)
        mask = torch.full((x.size(1), x.size(1)), float("-inf"), dtype=x.dtype, device=x.device).triu(1)
        weights = F.softmax(q * q.size(-1) ** -0.5 @ k.mT + mask, dim=-1)
        h = x + self.o_proj(rearrange(weights @ v, "b h s d -> b s (h d)"))

        gate, up = F.linear(self.ffn_norm(h), torch.cat([self.gate_proj.weight, self.up_proj.weight])).chunk(2, -1)
        return h + self.down_proj(gate * torch.sigmoid(gate) * up)
