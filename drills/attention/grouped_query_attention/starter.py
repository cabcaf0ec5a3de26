# drill: grouped_query_attention
import torch
from torch import Tensor

LEDGER = {
    "folded_queries": "",
    "scores": "",
    "kv_bytes": "",
    "expanded_kv_bytes": "",
    "score_multiplications": "",
}


def grouped_query_attention(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """q [B, H, S, Dh], k and v [B, G, T, Dh], S <= T -> [B, H, S, Dh], causal, aligned to the end.

    ValueError: G does not divide H, or S > T.
    """
    raise NotImplementedError("write me")
