# drill: batch_divergence
# /// wrong
# fails = "numerics"
# message = "Both means count accepted tokens only, but each sequence also emits one token of the target."
# source = "https://github.com/vllm-project/vllm/pull/17908"
# ///
"""Shows in both token figures always; nothing accepted at all divides by zero."""
from torch import Tensor


def batch_divergence(accepted: Tensor, gamma: int) -> dict[str, float]:
    if accepted.numel() == 0:
        raise ValueError("accepted must not be empty")
    if bool((accepted < 0).any()) or bool((accepted > gamma).any()):
        raise ValueError(f"accepted must be in 0..{gamma}")
    least = accepted.min(dim=1).values.double()
    ragged = accepted.double().mean().item()
    lockstep = least.mean().item()
    wasted = (gamma - least).mean().item() / gamma if gamma else 0.0
    return {
        "ragged_tokens": ragged,
        "lockstep_tokens": lockstep,
        "lockstep_efficiency": lockstep / ragged,
        "wasted_draft_fraction": wasted,
    }
