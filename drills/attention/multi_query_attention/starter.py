# drill: multi_query_attention
import torch
from torch import Tensor

# B batch; S sequence length; H query heads; D model width; e bytes per element.
LEDGER = {
    "keys": "",  # shape of the keys, without an axis of size 1
    "scores": "",  # shape of the attention scores, one score per query head, query and key
    "parameters": "",  # number of weights in w_q, w_k, w_v and w_o together
    "cache_bytes": "",  # bytes of keys and values that a decoder would cache for this layer and batch
    "saving": "",  # cache of multi-head attention of the same width and heads, divided by this cache
}


def multi_query_attention(x: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor, w_o: Tensor, n_heads: int) -> Tensor:
    """x [B, S, D], w_q and w_o [D, D], w_k and w_v [Dh, D], all [out, in] -> [B, S, D], causal.

    ValueError: n_heads does not divide D, or w_k does not have D / n_heads rows.
    """
    raise NotImplementedError("write me")
