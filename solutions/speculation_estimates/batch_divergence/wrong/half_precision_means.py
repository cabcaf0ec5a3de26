# drill: batch_divergence
# /// wrong
# fails = "numerics"
# message = "The means are taken in bfloat16, which is right to two or three digits."
# ///
"""Shows for nearly all data whose means are not short binary fractions."""
from torch import Tensor


def batch_divergence(accepted: Tensor, gamma: int) -> dict[str, float]:
    if accepted.numel() == 0:
        raise ValueError("accepted must not be empty")
    if bool((accepted < 0).any()) or bool((accepted > gamma).any()):
        raise ValueError(f"accepted must be in 0..{gamma}")
    least = accepted.min(dim=1).values.bfloat16()
    ragged = accepted.bfloat16().mean().item() + 1
    lockstep = least.mean().item() + 1
    wasted = (gamma - least).mean().item() / gamma if gamma else 0.0
    return {
        "ragged_tokens": ragged,
        "lockstep_tokens": lockstep,
        "lockstep_efficiency": lockstep / ragged,
        "wasted_draft_fraction": wasted,
    }
