# drill: multi_query_attention
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


def multi_query_attention(x: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor, w_o: Tensor, n_heads: int) -> Tensor:
    B, S, D = x.shape
    if D % n_heads != 0:
        raise ValueError("n_heads does not divide D")
    if w_k.shape[0] != D // n_heads:
        raise ValueError("w_k does not have D / n_heads rows")
    Dh = D // n_heads
    wide = torch.promote_types(x.dtype, torch.float32)
    x, w_q, w_k, w_v, w_o = (t.to(wide) for t in (x, w_q, w_k, w_v, w_o))
    q = (x @ w_q.T).reshape(B, S, n_heads, Dh).transpose(1, 2)
    k = (x @ w_k.T)[:, None]
    v = (x @ w_v.T)[:, None]
    scores = q @ k.transpose(-2, -1) / math.sqrt(Dh)
    mask = torch.ones(S, S, dtype=torch.bool, device=x.device).tril()
    scores = scores.masked_fill(~mask, float("-inf"))
    weights = scores.softmax(dim=-1)
    out = (weights @ v).transpose(1, 2).reshape(B, S, D)
    return out @ w_o.T
