# drill: multi_head_attention
import torch
from torch import Tensor

# B batch; S sequence length; H heads; D model width; e bytes per element.
LEDGER = {
    "queries": "",  # shape of the queries after they are split into heads, heads before positions
    "scores": "",  # shape of the attention scores, one score per head, query and key
    "parameters": "",  # number of weights in w_q, w_k, w_v and w_o together
    "score_bytes": "",  # bytes of the scores
    "cache_bytes": "",  # bytes of keys and values that a decoder would cache for this layer and batch
}


def multi_head_attention(x: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor, w_o: Tensor, n_heads: int) -> Tensor:
    """x [B, S, D], weights [D, D] as nn.Linear's ([out, in]) -> [B, S, D], causal.

    ValueError: n_heads does not divide D.
    """
    raise NotImplementedError("write me")
