# drill: decoder_block
"""Keeps the mask between calls, outside the state dict, and rebuilds it for longer inputs or another device."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class RMSNorm(nn.Module):
    def __init__(self, width: int, eps: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        wide = x if x.dtype == torch.float64 else x.float()
        inverse = (wide.pow(2).mean(-1, keepdim=True) + self.eps).rsqrt()
        return self.weight * (wide * inverse).to(x.dtype)


class DecoderBlock(nn.Module):
    def __init__(self, d_model: int, n_heads: int, d_ff: int, eps: float = 1e-6) -> None:
        super().__init__()
        if d_model % n_heads:
            raise ValueError(f"n_heads={n_heads} does not divide d_model={d_model}")
        self.n_heads = n_heads
        self.attn_norm = RMSNorm(d_model, eps)
        self.q_proj = nn.Linear(d_model, d_model, bias=False)
        self.k_proj = nn.Linear(d_model, d_model, bias=False)
        self.v_proj = nn.Linear(d_model, d_model, bias=False)
        self.o_proj = nn.Linear(d_model, d_model, bias=False)
        self.ffn_norm = RMSNorm(d_model, eps)
        self.gate_proj = nn.Linear(d_model, d_ff, bias=False)
        self.up_proj = nn.Linear(d_model, d_ff, bias=False)
        self.down_proj = nn.Linear(d_ff, d_model, bias=False)
        self.register_buffer("past", torch.ones(0, 0, dtype=torch.bool), persistent=False)

    def visible(self, length: int, device: torch.device) -> Tensor:
        if self.past.size(0) < length or self.past.device != device:
            self.past = torch.ones(length, length, dtype=torch.bool, device=device).tril()
        return self.past[:length, :length]

    def forward(self, x: Tensor) -> Tensor:
        B, S, D = x.shape
        y = self.attn_norm(x)

        def heads(proj: nn.Linear) -> Tensor:
            return proj(y).reshape(B, S, self.n_heads, -1).permute(0, 2, 1, 3)

        q, k, v = heads(self.q_proj), heads(self.k_proj), heads(self.v_proj)
        scores = torch.matmul(q, k.permute(0, 1, 3, 2)) / math.sqrt(D // self.n_heads)
        scores = scores.masked_fill(~self.visible(S, x.device), -math.inf)
        mixed = torch.matmul(torch.softmax(scores, dim=-1), v)
        h = x + self.o_proj(mixed.permute(0, 2, 1, 3).reshape(B, S, D))
        y = self.ffn_norm(h)
        return h + self.down_proj(F.silu(self.gate_proj(y)) * self.up_proj(y))
