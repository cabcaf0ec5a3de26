# drill: batch_divergence
# /// wrong
# fails = "numerics"
# message = "view() flattens without a copy, which fails for transposed and expanded tensors."
# source = "https://github.com/ildoonet/pytorch-randaugment/issues/26"
# ///
"""Shows as RuntimeError when accepted is not contiguous, as a transpose or an expanded view."""
from torch import Tensor


def batch_divergence(accepted: Tensor, gamma: int) -> dict[str, float]:
    if accepted.numel() == 0:
        raise ValueError("accepted must not be empty")
    if bool((accepted < 0).any()) or bool((accepted > gamma).any()):
        raise ValueError(f"accepted must be in 0..{gamma}")
    least = accepted.min(dim=1).values.double()
    ragged = accepted.view(-1).double().mean().item() + 1
    lockstep = least.mean().item() + 1
    wasted = (gamma - least).mean().item() / gamma if gamma else 0.0
    return {
        "ragged_tokens": ragged,
        "lockstep_tokens": lockstep,
        "lockstep_efficiency": lockstep / ragged,
        "wasted_draft_fraction": wasted,
    }
