# drill: causal_attention
"""Causal attention for queries at the end of a key sequence, with key padding."""

import math

import torch
from torch import Tensor

LEDGER = {
    "scores": "",  # shape of the attention scores
    "padding_mask": "",  # shape of key_padding, ready to broadcast against the scores
    "visible_pairs": "",  # visible query-key pairs per batch row and head, no padding
    "flops": "",  # floating-point operations of both matrix products
    "score_bytes": "",  # bytes of the scores in float32
}


def causal_attention(q: Tensor, k: Tensor, v: Tensor, key_padding: Tensor | None = None) -> Tensor:
    """q [B, H, S, Dh], k [B, H, T, Dh], v [B, H, T, Dv], key_padding bool [B, T] -> [B, H, S, Dv].

    ValueError when S > T.
    """
    raise NotImplementedError("write me")
