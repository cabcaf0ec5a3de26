# drill: multi_head_attention
"""Views the weights as one matrix per head and writes every step as an einsum; the heads are never split or merged."""

import torch
from torch import Tensor


def multi_head_attention(x: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor, w_o: Tensor, n_heads: int) -> Tensor:
    D = x.shape[-1]
    if D % n_heads:
        raise ValueError("n_heads does not divide D")
    Dh = D // n_heads
    q = torch.einsum("bsd,hed->bhse", x, w_q.reshape(n_heads, Dh, D))
    k = torch.einsum("bsd,hed->bhse", x, w_k.reshape(n_heads, Dh, D))
    v = torch.einsum("bsd,hed->bhse", x, w_v.reshape(n_heads, Dh, D))
    positions = torch.arange(x.shape[1], device=x.device)
    scores = torch.einsum("bhie,bhje->bhij", q, k) * Dh**-0.5
    scores = torch.where(positions[:, None] >= positions, scores, float("-inf"))
    weights = torch.softmax(scores, dim=-1)
    return torch.einsum("bhij,bhje,dhe->bid", weights, v, w_o.reshape(D, n_heads, Dh))
