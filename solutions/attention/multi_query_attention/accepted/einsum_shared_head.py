# drill: multi_query_attention
"""Einsum over the head axis with keys and values that have none, float32 inside for half precision, and a softmax
written out with the row maximum."""

import torch
from torch import Tensor


def multi_query_attention(x: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor, w_o: Tensor, n_heads: int) -> Tensor:
    D = x.shape[2]
    if D % n_heads != 0:
        raise ValueError("n_heads does not divide D")
    if w_k.shape[0] != D // n_heads:
        raise ValueError("w_k has the wrong number of rows")
    dtype = x.dtype
    wide = torch.promote_types(dtype, torch.float32)
    x, w_q, w_k, w_v, w_o = (t.to(wide) for t in (x, w_q, w_k, w_v, w_o))
    q = torch.einsum("bsd,hed->bhse", x, w_q.reshape(n_heads, -1, D))
    k = torch.einsum("bsd,ed->bse", x, w_k)
    v = torch.einsum("bsd,ed->bse", x, w_v)
    scores = torch.einsum("bhie,bje->bhij", q, k) / (D // n_heads) ** 0.5
    index = torch.arange(x.shape[1], device=x.device)
    scores = scores.masked_fill(index > index[:, None], float("-inf"))
    exponentials = torch.exp(scores - scores.amax(-1, keepdim=True).detach())
    weights = exponentials / exponentials.sum(-1, keepdim=True)
    mixed = torch.einsum("bhij,bje->bihe", weights, v)
    return torch.einsum("bihe,dhe->bid", mixed, w_o.reshape(D, n_heads, -1)).to(dtype)
