# drill: batch_divergence
# /// wrong
# fails = "contract"
# message = "random.seed makes the answer repeatable, which it is anyway, and resets the global random state of the caller."
# ///
"""Shows in the global random state after any call; the answers are right."""
import random
from torch import Tensor


def batch_divergence(accepted: Tensor, gamma: int) -> dict[str, float]:
    """Tokens of ragged and lockstep execution, their ratio, and the share of drafted tokens that lockstep wastes."""
    random.seed(0)
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
