# drill: multi_query_attention
# /// wrong
# fails = "gradients"
# message = """The weights are wrapped in nn.Parameter for nn.Linear layers; parameters are new leaves, so no \
# gradient reaches the weights."""
# ///
"""Right in its values. Shows in the gradients of the four weights."""

import math

import torch
import torch.nn as nn
from torch import Tensor


def linear(weight: Tensor) -> nn.Linear:
    layer = nn.Linear(weight.shape[1], weight.shape[0], bias=False, device="meta")
    layer.weight = nn.Parameter(weight)
    return layer


def multi_query_attention(x: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor, w_o: Tensor, n_heads: int) -> Tensor:
    B, S, D = x.shape
    if D % n_heads != 0:
        raise ValueError("n_heads does not divide D")
    if w_k.shape[0] != D // n_heads:
        raise ValueError("w_k does not have D / n_heads rows")
    Dh = D // n_heads
    q = (linear(w_q)(x)).reshape(B, S, n_heads, Dh).transpose(1, 2)
    k = (linear(w_k)(x))[:, None]
    v = (linear(w_v)(x))[:, None]
    scores = q @ k.transpose(-2, -1) / math.sqrt(Dh)
    mask = torch.ones(S, S, dtype=torch.bool, device=x.device).tril()
    scores = scores.masked_fill(~mask, float("-inf"))
    weights = scores.softmax(dim=-1)
    out = (weights @ v).transpose(1, 2).reshape(B, S, D)
    return linear(w_o)(out)
