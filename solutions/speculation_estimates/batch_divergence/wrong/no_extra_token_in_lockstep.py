# drill: batch_divergence
# /// wrong
# fails = "numerics"
# message = "Lockstep leaves out the token of the target, which every sequence gets in any case."
# source = "https://github.com/vllm-project/vllm/pull/17908"
# ///
"""Shows in lockstep_tokens and lockstep_efficiency always."""
from torch import Tensor


def batch_divergence(accepted: Tensor, gamma: int) -> dict[str, float]:
    if accepted.numel() == 0:
        raise ValueError("accepted must not be empty")
    if bool((accepted < 0).any()) or bool((accepted > gamma).any()):
        raise ValueError(f"accepted must be in 0..{gamma}")
    least = accepted.min(dim=1).values.double()
    ragged = accepted.double().mean().item() + 1
    lockstep = least.mean().item()
    wasted = (gamma - least).mean().item() / gamma if gamma else 0.0
    return {
        "ragged_tokens": ragged,
        "lockstep_tokens": lockstep,
        "lockstep_efficiency": lockstep / ragged,
        "wasted_draft_fraction": wasted,
    }
