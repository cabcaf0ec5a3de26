# drill: decoder_block
"""Two residual branches around one stream: each reads a normalised copy and adds its result to the stream itself.

The norm divides by the root of the mean square, in float32 at least, because squares of half-precision activations
overflow. Attention splits the lanes into heads, masks the future before the softmax, and merges the heads again.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

LEDGER = {
    "queries": "[B, H, S, D / H]",
    "scores": "[B, H, S, S]",
    "hidden": "[B, S, F]",
    "parameters": "4*D*D + 3*D*F + 2*D",
    "score_bytes": "2*B*H*S*S",
}


class RMSNorm(nn.Module):
    """x / sqrt(mean(x^2) + eps) * weight over the last axis."""

    def __init__(self, width: int, eps: float) -> None:
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x: Tensor) -> Tensor:
        wide = x.to(torch.promote_types(x.dtype, torch.float32))  # half goes up to float32, float64 stays
        root = torch.sqrt(wide.square().mean(dim=-1, keepdim=True) + self.eps)  # [B, S, 1]
        return (wide / root).to(x.dtype) * self.weight  # [B, S, D]


class DecoderBlock(nn.Module):
    """h = x + attention(attn_norm(x)); out = h + ffn(ffn_norm(h))."""

    def __init__(self, d_model: int, n_heads: int, d_ff: int, eps: float = 1e-6) -> None:
        super().__init__()
        if d_model % n_heads != 0:
            raise ValueError(f"n_heads must divide d_model: got n_heads={n_heads}, d_model={d_model}")
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

    def forward(self, x: Tensor) -> Tensor:
        h = x + self._attention(self.attn_norm(x))  # [B, S, D]
        return h + self._feed_forward(self.ffn_norm(h))  # [B, S, D]

    def _attention(self, y: Tensor) -> Tensor:
        q = self._split(self.q_proj(y))  # [B, H, S, Dh]
        k = self._split(self.k_proj(y))  # [B, H, S, Dh]
        v = self._split(self.v_proj(y))  # [B, H, S, Dh]

        # Scaling q rather than the scores keeps the product small in float16.
        scores = (q / math.sqrt(q.shape[-1])) @ k.transpose(-2, -1)  # [B, H, S, S]

        # Every row keeps its own key, so no row is empty and -inf is safe.
        S = y.shape[1]
        future = torch.ones(S, S, dtype=torch.bool, device=y.device).triu(diagonal=1)  # [S, S]
        weights = scores.masked_fill(future, -math.inf).softmax(dim=-1)  # [B, H, S, S]

        heads = weights @ v  # [B, H, S, Dh]
        return self.o_proj(heads.transpose(1, 2).flatten(start_dim=2))  # [B, S, D]

    def _feed_forward(self, y: Tensor) -> Tensor:
        hidden = F.silu(self.gate_proj(y)) * self.up_proj(y)  # [B, S, F]
        return self.down_proj(hidden)  # [B, S, D]

    def _split(self, lanes: Tensor) -> Tensor:
        # The view cuts each position's lanes into heads; only the transpose may move positions.
        return lanes.unflatten(-1, (self.n_heads, -1)).transpose(1, 2)  # [B, S, D] -> [B, H, S, Dh]
