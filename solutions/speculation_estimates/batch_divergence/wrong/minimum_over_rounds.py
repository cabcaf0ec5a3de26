# drill: batch_divergence
# /// wrong
# fails = "numerics"
# message = "The minimum is taken over the rounds of each sequence, not over the sequences of each round."
# ///
"""Shows when the two axes have different minima: random data, rounds and B not both 1."""
from torch import Tensor


def batch_divergence(accepted: Tensor, gamma: int) -> dict[str, float]:
    if accepted.numel() == 0:
        raise ValueError("accepted must not be empty")
    if bool((accepted < 0).any()) or bool((accepted > gamma).any()):
        raise ValueError(f"accepted must be in 0..{gamma}")
    least = accepted.min(dim=0).values.double()
    ragged = accepted.double().mean().item() + 1
    lockstep = least.mean().item() + 1
    wasted = (gamma - least).mean().item() / gamma if gamma else 0.0
    return {
        "ragged_tokens": ragged,
        "lockstep_tokens": lockstep,
        "lockstep_efficiency": lockstep / ragged,
        "wasted_draft_fraction": wasted,
    }
