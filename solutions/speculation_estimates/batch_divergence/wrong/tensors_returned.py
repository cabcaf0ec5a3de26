# drill: batch_divergence
# /// wrong
# fails = "shape"
# message = "The values are 0-d tensors, although Python floats are asked for."
# ///
"""Shows in the types of the values; the numbers are right."""
from torch import Tensor


def batch_divergence(accepted: Tensor, gamma: int) -> dict[str, float]:
    if accepted.numel() == 0:
        raise ValueError("accepted must not be empty")
    if bool((accepted < 0).any()) or bool((accepted > gamma).any()):
        raise ValueError(f"accepted must be in 0..{gamma}")
    least = accepted.min(dim=1).values.double()
    ragged = accepted.double().mean() + 1
    lockstep = least.mean() + 1
    wasted = (gamma - least).mean() / max(gamma, 1)
    return {
        "ragged_tokens": ragged,
        "lockstep_tokens": lockstep,
        "lockstep_efficiency": lockstep / ragged,
        "wasted_draft_fraction": wasted,
    }
