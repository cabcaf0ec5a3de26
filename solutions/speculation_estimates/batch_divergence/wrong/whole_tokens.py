# drill: batch_divergence
# /// wrong
# fails = "numerics"
# message = "The means are taken with // on integer sums, so fractions of a token are lost."
# ///
"""Shows when a mean is not a whole number."""
from torch import Tensor


def batch_divergence(accepted: Tensor, gamma: int) -> dict[str, float]:
    if accepted.numel() == 0:
        raise ValueError("accepted must not be empty")
    if bool((accepted < 0).any()) or bool((accepted > gamma).any()):
        raise ValueError(f"accepted must be in 0..{gamma}")
    least = accepted.min(dim=1).values.double()
    ragged = accepted.sum().item() // accepted.numel() + 1
    lockstep = least.sum().item() // least.numel() + 1
    wasted = (gamma - least).mean().item() / gamma if gamma else 0.0
    return {
        "ragged_tokens": ragged,
        "lockstep_tokens": lockstep,
        "lockstep_efficiency": lockstep / ragged,
        "wasted_draft_fraction": wasted,
    }
