# drill: batch_divergence
# /// wrong
# fails = "numerics"
# message = "The counts are turned to float16 first, which holds whole numbers up to 2048 alone and ends at 65504."
# ///
"""Shows for counts above 2048."""
import torch
from torch import Tensor


def batch_divergence(accepted: Tensor, gamma: int) -> dict[str, float]:
    if accepted.numel() == 0:
        raise ValueError("accepted must not be empty")
    if bool((accepted < 0).any()) or bool((accepted > gamma).any()):
        raise ValueError(f"accepted must be in 0..{gamma}")
    counts = accepted.to(torch.float16)
    least = counts.min(dim=1).values.double()
    ragged = counts.double().mean().item() + 1
    lockstep = least.mean().item() + 1
    wasted = (gamma - least).mean().item() / gamma if gamma else 0.0
    return {
        "ragged_tokens": ragged,
        "lockstep_tokens": lockstep,
        "lockstep_efficiency": lockstep / ragged,
        "wasted_draft_fraction": wasted,
    }
