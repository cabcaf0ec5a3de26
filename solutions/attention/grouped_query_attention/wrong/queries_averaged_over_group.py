# drill: grouped_query_attention
# /// wrong
# fails = "numerics"
# message = """The queries of a group are averaged, so all heads of the group attend alike; it is the keys and values \
# that are shared."""
# source = "https://github.com/fkodom/grouped-query-attention-pytorch/issues/5"
# ///
"""Shows when G < H."""

import math

import torch
from torch import Tensor


def grouped_query_attention(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    B, H, S, Dh = q.shape
    G, T = k.shape[1], k.shape[2]
    if H % G != 0:
        raise ValueError("G does not divide H")
    if S > T:
        raise ValueError("more queries than keys")
    q = q.reshape(B, G, H // G, S, Dh).mean(dim=2)
    scores = q @ k.transpose(-2, -1) / math.sqrt(Dh)
    mask = torch.ones(S, T, dtype=torch.bool, device=q.device).tril(T - S)
    scores = scores.masked_fill(~mask, float("-inf"))
    return (scores.softmax(dim=-1) @ v).repeat_interleave(H // G, dim=1)
