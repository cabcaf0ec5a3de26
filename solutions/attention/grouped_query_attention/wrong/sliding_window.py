# drill: grouped_query_attention
# /// wrong
# fails = "causality"
# message = "Only the last 512 keys are attended to, a sliding window that nobody asked for; the past has no such limit."
# ///
"""Shows when T > 512."""

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
    R = H // G
    q = q.reshape(B, G, R * S, Dh)
    scores = (q @ k.transpose(-2, -1) / math.sqrt(Dh)).reshape(B, G, R, S, T)
    position = torch.arange(T, device=q.device)
    own = position[T - S :, None]
    mask = (position <= own) & (position > own - 512)
    scores = scores.masked_fill(~mask, float("-inf"))
    weights = scores.softmax(dim=-1).reshape(B, G, R * S, T)
    return (weights @ v).reshape(B, H, S, Dh)
