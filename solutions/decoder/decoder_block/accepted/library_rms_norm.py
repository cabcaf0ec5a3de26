# drill: decoder_block
"""The library's RMSNorm, einsum over a head axis that stays in place, and a finite fill value chosen by dtype."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class DecoderBlock(nn.Module):
    def __init__(self, d_model: int, n_heads: int, d_ff: int, eps: float = 1e-6) -> None:
        super().__init__()
        if d_model // n_heads * n_heads != d_model:
            raise ValueError(f"cannot cut {d_model} lanes into {n_heads} heads")
        self.n_heads = n_heads
        self.attn_norm = nn.RMSNorm(d_model, eps=eps)
        self.q_proj = nn.Linear(d_model, d_model, bias=False)
        self.k_proj = nn.Linear(d_model, d_model, bias=False)
        self.v_proj = nn.Linear(d_model, d_model, bias=False)
        self.o_proj = nn.Linear(d_model, d_model, bias=False)
        self.ffn_norm = nn.RMSNorm(d_model, eps=eps)
        self.gate_proj = nn.Linear(d_model, d_ff, bias=False)
        self.up_proj = nn.Linear(d_model, d_ff, bias=False)
        self.down_proj = nn.Linear(d_ff, d_model, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        B, S, D = x.shape
        shape = (B, S, self.n_heads, D // self.n_heads)
        normed = self.attn_norm(x)
        q, k, v = (proj(normed).reshape(shape) for proj in (self.q_proj, self.k_proj, self.v_proj))

        scores = torch.einsum("bshd,bthd->bhst", q, k) * shape[-1] ** -0.5
        position = torch.arange(S, device=x.device)
        visible = position[:, None] >= position[None, :]  # [S, S]
        scores = torch.where(visible, scores, torch.finfo(scores.dtype).min)
        mixed = torch.einsum("bhst,bthd->bshd", scores.softmax(-1), v).reshape(B, S, D)

        h = x + self.o_proj(mixed)
        y = self.ffn_norm(h)
        return h + self.down_proj(F.silu(self.gate_proj(y)) * self.up_proj(y))
