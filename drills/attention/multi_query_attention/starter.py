# drill: multi_query_attention
import torch
from torch import Tensor

LEDGER = {
    "keys": "",
    "scores": "",
    "parameters": "",
    "cache_bytes": "",
    "saving": "",
}


def multi_query_attention(x: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor, w_o: Tensor, n_heads: int) -> Tensor:
    """x [B, S, D], w_q and w_o [D, D], w_k and w_v [Dh, D], all [out, in] -> [B, S, D], causal.

    ValueError: n_heads does not divide D, or w_k does not have D / n_heads rows.
    """
    raise NotImplementedError("write me")
