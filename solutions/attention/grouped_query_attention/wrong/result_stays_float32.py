# drill: grouped_query_attention
# /// wrong
# fails = "shape"
# message = """Half precision is computed in float32 and never cast back, so the result has another dtype than the \
# inputs."""
# source = "https://github.com/vllm-project/vllm/issues/35369"
# ///
"""Shows in bfloat16 and float16."""

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
    wide = torch.promote_types(q.dtype, torch.float32)
    q, k, v = q.to(wide), k.to(wide), v.to(wide)
    q = q.reshape(B, G, R * S, Dh)
    scores = q @ k.transpose(-2, -1) / math.sqrt(Dh)
    scores = scores.reshape(B, G, R, S, T)
    mask = torch.ones(S, T, dtype=torch.bool, device=q.device).tril(T - S)
    scores = scores.masked_fill(~mask, float("-inf"))
    weights = scores.softmax(dim=-1).reshape(B, G, R * S, T)
    return (weights @ v).reshape(B, H, S, Dh)
