# drill: dpo_loss
# /// wrong
# fails = "contract"
# message = "detach() shares memory, so the in-place subtraction overwrites the caller's log-probabilities."
# ///
"""Shows for float32 and float64 (half precision was copied by the upcast): the policy's tensors changed and share
memory with the rewards.
"""

import torch
import torch.nn.functional as F


def dpo_loss(policy_chosen, policy_rejected, ref_chosen, ref_rejected, beta=0.1, label_smoothing=0.0):
    if beta <= 0:
        raise ValueError("beta must be above 0")
    if not 0 <= label_smoothing < 0.5:
        raise ValueError("label_smoothing must lie in [0, 0.5)")
    dtype = torch.promote_types(policy_chosen.dtype, torch.float32)
    policy_chosen, policy_rejected = policy_chosen.to(dtype), policy_rejected.to(dtype)
    ref_chosen, ref_rejected = ref_chosen.detach().to(dtype), ref_rejected.detach().to(dtype)
    margin = (policy_chosen - policy_rejected) - (ref_chosen - ref_rejected)
    logits = beta * margin
    losses = -(1 - label_smoothing) * F.logsigmoid(logits) - label_smoothing * F.logsigmoid(-logits)
    chosen_rewards = policy_chosen.detach().sub_(ref_chosen).mul_(beta)
    rejected_rewards = policy_rejected.detach().sub_(ref_rejected).mul_(beta)
    return losses.mean(), chosen_rewards, rejected_rewards
