# drill: batch_divergence
# /// wrong
# fails = "gpu"
# message = "The limit is a CPU tensor of the same shape, which cannot be compared with data on a GPU."
# ///
"""Shows when accepted is not on the CPU."""
import torch
from torch import Tensor


def batch_divergence(accepted: Tensor, gamma: int) -> dict[str, float]:
    if accepted.numel() == 0:
        raise ValueError("accepted must not be empty")
    limit = torch.full(accepted.shape, gamma)
    if bool((accepted < 0).any()) or bool((accepted > limit).any()):
        raise ValueError(f"accepted must be in 0..{gamma}")
    least = accepted.min(dim=1).values.double()
    ragged = accepted.double().mean().item() + 1
    lockstep = least.mean().item() + 1
    wasted = (gamma - least).mean().item() / gamma if gamma else 0.0
    return {
        "ragged_tokens": ragged,
        "lockstep_tokens": lockstep,
        "lockstep_efficiency": lockstep / ragged,
        "wasted_draft_fraction": wasted,
    }
