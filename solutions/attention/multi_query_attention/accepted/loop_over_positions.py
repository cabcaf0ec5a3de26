# drill: multi_query_attention
"""Loops over heads and positions and slices the keys that a position sees, so there is no mask."""

import torch
from torch import Tensor


def multi_query_attention(x: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor, w_o: Tensor, n_heads: int) -> Tensor:
    length, width = x.shape[1], x.shape[2]
    size, rest = divmod(width, n_heads)
    if rest:
        raise ValueError("n_heads must divide the width")
    if len(w_k) != size:
        raise ValueError("w_k must have one row per lane of a head")
    queries, keys, values = x.matmul(w_q.t()), x.matmul(w_k.t()), x.matmul(w_v.t())
    rows = []
    for i in range(length):
        lanes = []
        for query in queries[:, i].split(size, dim=1):  # [B, Dh] per head
            scores = torch.bmm(keys[:, : i + 1], query[:, :, None]) / size**0.5  # [B, i + 1, 1]
            lanes.append(torch.bmm(scores.softmax(dim=1).transpose(1, 2), values[:, : i + 1])[:, 0])
        rows.append(torch.cat(lanes, dim=1))
    return torch.stack(rows, dim=1).matmul(w_o.t())
