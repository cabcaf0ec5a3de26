# drill: batch_divergence
"""Batch divergence: fill in the ledger first, then the function."""
from torch import Tensor

LEDGER = {
    "accepted": "",  # shape, in R rounds and B sequences
    "least": "",  # shape of the least accepted number per round
    "accepted_bytes": "",  # int64
    "drafted": "",  # tokens drafted in all, g per sequence and round
    "wasted": "",  # of these, not kept in lockstep if every round's least is m
}


def batch_divergence(accepted: Tensor, gamma: int) -> dict[str, float]:
    """Cost of running a batch in lockstep.

    Args:
        accepted: int64 [rounds, B], each in 0..gamma.
        gamma: drafted tokens per sequence and round.

    Returns:
        {"ragged_tokens": float, "lockstep_tokens": float, "lockstep_efficiency": float,
         "wasted_draft_fraction": float}
    """
    raise NotImplementedError("write me")
