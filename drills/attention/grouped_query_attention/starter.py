# drill: grouped_query_attention
import torch
from torch import Tensor

# B batch; G key/value heads; H query heads; S queries; T keys; Dh head width; e bytes per element.
LEDGER = {
    "folded_queries": "",  # shape of the queries, as a 4-axis tensor, after the heads of a group are folded into the query axis
    "scores": "",  # shape of the attention scores, one score per query head, query and key
    "kv_bytes": "",  # bytes of k and v together
    "expanded_kv_bytes": "",  # bytes of k and v together, if both were repeated to one head per query head
    "score_multiplications": "",  # scalar multiplications in q @ k^T, masked ones included
}


def grouped_query_attention(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """q [B, H, S, Dh], k and v [B, G, T, Dh], S <= T -> [B, H, S, Dh], causal, aligned to the end.

    ValueError: G does not divide H, or S > T.
    """
    raise NotImplementedError("write me")
