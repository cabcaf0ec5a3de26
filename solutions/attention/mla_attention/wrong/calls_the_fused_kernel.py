# drill: mla_attention
# /// wrong
# fails = "contract"
# message = "The attention itself is left to scaled_dot_product_attention, which this drill forbids."
# ///
"""Right in its values; shows when the calls are watched."""

import torch.nn.functional as F
from torch import Tensor


def mla_attention(
    x: Tensor, w_q: Tensor, w_dkv: Tensor, w_uk: Tensor, w_uv: Tensor, w_o: Tensor, n_heads: int
) -> Tensor:
    if w_q.shape[0] % n_heads != 0 or w_uk.shape[0] % n_heads != 0 or w_uv.shape[0] % n_heads != 0:
        raise ValueError("n_heads does not divide the rows of w_q, w_uk or w_uv")
    B, S, D = x.shape
    Dh = w_q.shape[0] // n_heads
    Dv = w_uv.shape[0] // n_heads
    c = x @ w_dkv.T
    q = (x @ w_q.T).reshape(B, S, n_heads, Dh).transpose(1, 2)
    k = (c @ w_uk.T).reshape(B, S, n_heads, Dh).transpose(1, 2)
    v = (c @ w_uv.T).reshape(B, S, n_heads, Dv).transpose(1, 2)
    out = F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(B, S, n_heads * Dv)
    return out @ w_o.T
