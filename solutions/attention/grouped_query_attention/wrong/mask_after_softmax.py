# drill: grouped_query_attention
# /// wrong
# fails = "causality"
# message = "The mask is applied after the softmax, so future keys still take part in the normaliser."
# source = "https://github.com/huggingface/pytorch-image-models/issues/2236"
# ///
"""Shows when S >= 2: the weights of all queries but the last no longer sum to 1."""

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
    scores = q @ k.transpose(-2, -1) / math.sqrt(Dh)
    scores = scores.reshape(B, G, R, S, T)
    mask = torch.ones(S, T, dtype=torch.bool, device=q.device).tril(T - S)
    weights = scores.softmax(dim=-1).masked_fill(~mask, 0.0).reshape(B, G, R * S, T)
    return (weights @ v).reshape(B, H, S, Dh)
