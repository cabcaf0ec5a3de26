# drill: batch_divergence
# /// wrong
# fails = "contract"
# message = "accepted += 1 writes into the tensor of the caller, which must not be modified."
# ///
"""Shows in accepted after the call: all values are one higher. Expanded tensors fail to be written to."""
from torch import Tensor


def batch_divergence(accepted: Tensor, gamma: int) -> dict[str, float]:
    if accepted.numel() == 0:
        raise ValueError("accepted must not be empty")
    if bool((accepted < 0).any()) or bool((accepted > gamma).any()):
        raise ValueError(f"accepted must be in 0..{gamma}")
    accepted += 1
    kept = accepted.min(dim=1).values.double()
    ragged = accepted.double().mean().item()
    lockstep = kept.mean().item()
    wasted = (gamma + 1 - kept).mean().item() / gamma if gamma else 0.0
    return {
        "ragged_tokens": ragged,
        "lockstep_tokens": lockstep,
        "lockstep_efficiency": lockstep / ragged,
        "wasted_draft_fraction": wasted,
    }
