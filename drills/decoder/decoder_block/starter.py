# drill: decoder_block
"""One pre-norm decoder block: RMSNorm, causal attention, SwiGLU, two residuals."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

LEDGER = {
    "queries": "",  # shape of the queries after the split into heads
    "scores": "",  # shape of the attention scores
    "hidden": "",  # shape of silu(gate) * up
    "parameters": "",  # number of parameters of the block
    "score_bytes": "",  # bytes of the scores in bfloat16
}


class DecoderBlock(nn.Module):
    """h = x + attention(attn_norm(x)); out = h + ffn(ffn_norm(h)).

    State dict: attn_norm.weight [D], q_proj.weight, k_proj.weight, v_proj.weight, o_proj.weight [D, D],
    ffn_norm.weight [D], gate_proj.weight, up_proj.weight [F, D], down_proj.weight [D, F].
    """

    def __init__(self, d_model: int, n_heads: int, d_ff: int, eps: float = 1e-6) -> None:
        """ValueError when n_heads does not divide d_model."""
        super().__init__()
        raise NotImplementedError("write me")

    def forward(self, x: Tensor) -> Tensor:
        """x [B, S, D] -> [B, S, D]."""
        raise NotImplementedError("write me")
