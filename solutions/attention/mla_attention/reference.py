# drill: mla_attention
"""Keys and values are expanded from one low-rank latent per position, which is all that a decoder would have to cache.
Once they are expanded, this is multi-head attention with values of a width of their own."""

import math

import torch
from torch import Tensor

LEDGER = {
    "latent": "[B, S, R]",
    "keys": "[B, H, S, Dh]",
    "parameters": "D * H * Dh + R * D + R * H * Dh + R * H * Dv + D * H * Dv",
    "latent_bytes_per_token": "R * e",
    "expanded_bytes_per_token": "H * (Dh + Dv) * e",
}


def mla_attention(
    x: Tensor, w_q: Tensor, w_dkv: Tensor, w_uk: Tensor, w_uv: Tensor, w_o: Tensor, n_heads: int
) -> Tensor:
    for name, weight in (("w_q", w_q), ("w_uk", w_uk), ("w_uv", w_uv)):
        if weight.shape[0] % n_heads != 0:
            raise ValueError(f"{n_heads} heads do not divide the {weight.shape[0]} rows of {name}")

    def split(expanded: Tensor) -> Tensor:
        batch, length, rows = expanded.shape
        return expanded.reshape(batch, length, n_heads, rows // n_heads).transpose(1, 2)  # [B, H, S, rows / H]

    latent = x @ w_dkv.T  # [B, S, R]
    q = split(x @ w_q.T)  # [B, H, S, Dh]
    k = split(latent @ w_uk.T)  # [B, H, S, Dh]
    v = split(latent @ w_uv.T)  # [B, H, S, Dv]

    # The scale is that of the width which q and k are multiplied over, not of the latent and not of the model.
    scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])  # [B, H, S, S]
    length = x.shape[1]
    hidden = torch.ones(length, length, dtype=torch.bool, device=x.device).triu(diagonal=1)  # [S, S]
    weights = scores.masked_fill(hidden, float("-inf")).softmax(dim=-1)  # [B, H, S, S]

    mixed = weights @ v  # [B, H, S, Dv]
    merged = mixed.transpose(1, 2).flatten(start_dim=2)  # [B, S, H * Dv]
    return merged @ w_o.T  # [B, S, D]
