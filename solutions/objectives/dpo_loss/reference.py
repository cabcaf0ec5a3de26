# drill: dpo_loss
"""DPO is logistic regression on one number per pair: by how much more the policy prefers the chosen response than the
reference does, times beta. The log of the sigmoid is taken as one function, because the sigmoid alone is 0 far out.
Only the policy learns: the reference enters as a constant, and the rewards are for logging.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

LEDGER = {
    "margin": "[B]",
    "policy_logits": "[2 * B, S, V]",
    "logit_bytes": "8 * B * S * V",
    "reference_bytes": "8 * B",
}


def dpo_loss(
    policy_chosen: Tensor,
    policy_rejected: Tensor,
    ref_chosen: Tensor,
    ref_rejected: Tensor,
    beta: float = 0.1,
    label_smoothing: float = 0.0,
) -> tuple[Tensor, Tensor, Tensor]:
    """Four log-probabilities [B] -> (loss scalar, chosen_rewards [B], rejected_rewards [B])."""
    if not beta > 0:
        raise ValueError(f"beta must be above 0, not {beta}")
    if not 0 <= label_smoothing < 0.5:
        raise ValueError(f"label_smoothing must lie in [0, 0.5), not {label_smoothing}")

    # A sum of hundreds of log-probabilities does not fit the 8 bits of bfloat16, so half precision goes up to float32.
    dtype = torch.promote_types(policy_chosen.dtype, torch.float32)
    policy_chosen, policy_rejected = policy_chosen.to(dtype), policy_rejected.to(dtype)  # [B] each
    # The reference is frozen: without detach, a reference that requires grad would be trained the other way.
    ref_chosen, ref_rejected = ref_chosen.detach().to(dtype), ref_rejected.detach().to(dtype)  # [B] each

    margin = (policy_chosen - policy_rejected) - (ref_chosen - ref_rejected)  # [B]
    logits = beta * margin  # [B]
    # With label_smoothing, the preference is taken to be flipped with that probability.
    losses = -(1 - label_smoothing) * F.logsigmoid(logits) - label_smoothing * F.logsigmoid(-logits)  # [B]

    chosen_rewards = beta * (policy_chosen.detach() - ref_chosen)  # [B]
    rejected_rewards = beta * (policy_rejected.detach() - ref_rejected)  # [B]
    return losses.mean(), chosen_rewards, rejected_rewards
