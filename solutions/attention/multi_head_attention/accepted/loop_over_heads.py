# drill: multi_head_attention
"""Loops over the heads, each with its own rows of the weights, and adds up what each head contributes through its
columns of w_o."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor


def multi_head_attention(x: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor, w_o: Tensor, n_heads: int) -> Tensor:
    length, width = x.shape[1:]
    if width % n_heads != 0:
        raise ValueError(f"{width} lanes cannot be shared by {n_heads} heads")
    head_width = width // n_heads
    mask = torch.full((length, length), -math.inf, dtype=x.dtype, device=x.device).triu(1)
    contributions = []
    for head in range(n_heads):
        lanes = slice(head * head_width, (head + 1) * head_width)
        q, k, v = (F.linear(x, w[lanes]) for w in (w_q, w_k, w_v))
        scores = torch.bmm(q, k.transpose(1, 2)).div(head_width**0.5) + mask
        contributions.append(F.linear(torch.bmm(F.softmax(scores, dim=2), v), w_o[:, lanes]))
    return torch.stack(contributions).sum(dim=0)
