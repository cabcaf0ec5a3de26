# drill: grouped_query_attention
# /// wrong
# fails = "contract"
# message = "The attention itself is left to scaled_dot_product_attention, which this drill forbids."
# ///
"""Right in its values; shows when the calls are watched."""

import torch
import torch.nn.functional as F
from torch import Tensor


def grouped_query_attention(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    H, S = q.shape[1], q.shape[2]
    G, T = k.shape[1], k.shape[2]
    if H % G != 0:
        raise ValueError("G does not divide H")
    if S > T:
        raise ValueError("more queries than keys")
    mask = torch.ones(S, T, dtype=torch.bool, device=q.device).tril(T - S)
    return F.scaled_dot_product_attention(q, k, v, attn_mask=mask, enable_gqa=True)
