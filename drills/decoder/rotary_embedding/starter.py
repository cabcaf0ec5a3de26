# drill: rotary_embedding
"""Rotary position embedding in the half-split layout."""

import torch
from torch import Tensor

LEDGER = {
    "frequencies": "",  # shape of the frequencies
    "angles": "",  # shape of the angles for positions [B, S], ready to broadcast
    "table_bytes": "",  # bytes of a float32 table of cosines and sines for S positions
    "multiplications": "",  # multiplications with cosines and sines
}


def apply_rope(x: Tensor, positions: Tensor, base: float = 10000.0) -> Tensor:
    """x [B, H, S, Dh], positions int64 [S] or [B, S] -> [B, H, S, Dh]. ValueError when Dh is odd."""
    raise NotImplementedError("write me")
