# drill: grouped_query_attention
"""The H // G query heads of a group read the same keys, so to those keys they are simply more queries. Folding them
into the query axis gives one matmul per key/value head, and the keys and values are never repeated."""

import math

import torch
from torch import Tensor

LEDGER = {
    "folded_queries": "[B, G, H // G * S, Dh]",
    "scores": "[B, H, S, T]",
    "kv_bytes": "2 * B * G * T * Dh * e",
    "expanded_kv_bytes": "2 * B * H * T * Dh * e",
    "score_multiplications": "B * H * S * T * Dh",
}


def grouped_query_attention(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    batch, heads, n_queries, width = q.shape
    kv_heads, n_keys = k.shape[1], k.shape[2]
    if heads % kv_heads != 0:
        raise ValueError(f"{kv_heads} key/value heads do not divide {heads} query heads")
    if n_queries > n_keys:
        raise ValueError(f"{n_queries} queries, but only {n_keys} keys")
    group = heads // kv_heads

    # Heads of one group are neighbours, so a reshape folds them into the query axis.
    folded = q.reshape(batch, kv_heads, group * n_queries, width)  # [B, G, H/G * S, Dh]
    scores = folded @ k.transpose(-2, -1) / math.sqrt(width)  # [B, G, H/G * S, T]
    scores = scores.reshape(batch, kv_heads, group, n_queries, n_keys)  # [B, G, H/G, S, T]

    # The queries are the LAST n_queries positions: row i stands at n_keys - n_queries + i.
    key_position = torch.arange(n_keys, device=q.device)  # [T]
    query_position = key_position[n_keys - n_queries :]  # [S]
    hidden = key_position > query_position[:, None]  # [S, T]
    weights = scores.masked_fill(hidden, float("-inf")).softmax(dim=-1)  # [B, G, H/G, S, T]

    mixed = weights.reshape(batch, kv_heads, group * n_queries, n_keys) @ v  # [B, G, H/G * S, Dh]
    return mixed.reshape(batch, heads, n_queries, width)  # [B, H, S, Dh]
