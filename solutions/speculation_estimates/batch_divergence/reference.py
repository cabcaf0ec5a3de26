# drill: batch_divergence
"""Lockstep keeps the minimum over the batch in every round, where ragged execution keeps each sequence's own number.

Both add the target's token, so the +1 stands in both means. What lockstep does not keep was drafted for nothing.
"""
from torch import Tensor

LEDGER = {
    "accepted": "[R, B]",
    "least": "[R]",
    "accepted_bytes": "8 * R * B",
    "drafted": "R * B * g",
    "wasted": "R * B * (g - m)",
}


def batch_divergence(accepted: Tensor, gamma: int) -> dict[str, float]:
    """Tokens of ragged and lockstep execution, their ratio, and the share of drafted tokens that lockstep wastes."""
    if accepted.numel() == 0:
        raise ValueError(f"accepted must not be empty, got shape {tuple(accepted.shape)}")
    smallest, largest = accepted.min().item(), accepted.max().item()
    if smallest < 0 or largest > gamma:
        raise ValueError(f"accepted must be in 0..{gamma}, got {smallest}..{largest}")

    least = accepted.amin(dim=1)  # [rounds], over the batch, one number per round
    mean_accepted = accepted.double().mean().item()
    mean_least = least.double().mean().item()

    ragged = mean_accepted + 1
    lockstep = mean_least + 1
    return {
        "ragged_tokens": ragged,
        "lockstep_tokens": lockstep,
        "lockstep_efficiency": lockstep / ragged,
        # The number of sequences cancels: every sequence of a round wastes the same.
        "wasted_draft_fraction": (gamma - mean_least) / gamma if gamma > 0 else 0.0,
    }
