# drill: grouped_query_attention
"""Plain loops over the query heads and, for the mask, over the queries: each query gets only the keys that it sees."""

import math

import torch
from torch import Tensor


def attend_one(query: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    """query [B, Dh], keys and values [B, t, Dh] -> [B, Dh]"""
    scores = torch.bmm(keys, query[:, :, None])[:, :, 0] / math.sqrt(query.shape[-1])  # [B, t]
    weights = torch.softmax(scores, dim=-1)
    return torch.bmm(weights[:, None], values)[:, 0]


def grouped_query_attention(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    n_heads, n_queries = q.shape[1], q.shape[2]
    n_kv_heads, n_keys = k.shape[1], k.shape[2]
    if n_heads % n_kv_heads != 0:
        raise ValueError("the heads cannot be grouped")
    if n_queries > n_keys:
        raise ValueError("more queries than keys")
    heads = []
    for h in range(n_heads):
        g = h // (n_heads // n_kv_heads)
        rows = []
        for i in range(n_queries):
            seen = n_keys - n_queries + i + 1
            rows.append(attend_one(q[:, h, i], k[:, g, :seen], v[:, g, :seen]))
        heads.append(torch.stack(rows, dim=1))
    return torch.stack(heads, dim=1)
