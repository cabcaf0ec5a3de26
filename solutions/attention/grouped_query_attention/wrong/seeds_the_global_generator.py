# drill: grouped_query_attention
# /// wrong
# fails = "contract"
# message = "The global random state is seeded, for reproducible results, in a function that draws nothing."
# ///
"""Right in its values; shows in the global random state after the call."""

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
    torch.manual_seed(0)
    R = H // G
    q = q.reshape(B, G, R * S, Dh)
    scores = (q @ k.transpose(-2, -1) / math.sqrt(Dh)).reshape(B, G, R, S, T)
    mask = torch.ones(S, T, dtype=torch.bool, device=q.device).tril(T - S)
    scores = scores.masked_fill(~mask, float("-inf"))
    weights = scores.softmax(dim=-1).reshape(B, G, R * S, T)
    return (weights @ v).reshape(B, H, S, Dh)
