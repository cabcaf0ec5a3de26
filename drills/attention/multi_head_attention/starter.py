# drill: multi_head_attention
import torch
from torch import Tensor

LEDGER = {
    "queries": "",
    "scores": "",
    "parameters": "",
    "score_bytes": "",
    "cache_bytes": "",
}


def multi_head_attention(x: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor, w_o: Tensor, n_heads: int) -> Tensor:
    """x [B, S, D], weights [D, D] as nn.Linear's ([out, in]) -> [B, S, D], causal.

    ValueError: n_heads does not divide D.
    """
    raise NotImplementedError("write me")
