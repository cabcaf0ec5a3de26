# drill: multi_head_attention
# /// wrong
# fails = "contract"
# message = "The attention itself is left to scaled_dot_product_attention, which this drill forbids."
# ///
"""Right in its values; shows when the calls are watched."""

import torch.nn.functional as F
from torch import Tensor


def multi_head_attention(x: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor, w_o: Tensor, n_heads: int) -> Tensor:
    B, S, D = x.shape
    if D % n_heads != 0:
        raise ValueError("n_heads does not divide D")
    Dh = D // n_heads
    q = (x @ w_q.T).reshape(B, S, n_heads, Dh).transpose(1, 2)
    k = (x @ w_k.T).reshape(B, S, n_heads, Dh).transpose(1, 2)
    v = (x @ w_v.T).reshape(B, S, n_heads, Dh).transpose(1, 2)
    out = F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(B, S, D)
    return out @ w_o.T
