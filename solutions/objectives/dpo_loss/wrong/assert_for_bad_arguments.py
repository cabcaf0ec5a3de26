# drill: dpo_loss
# /// wrong
# fails = "contract"
# message = "Bad arguments trip an assert: that is an AssertionError, and none at all under python -O."
# ///
"""Shows when beta <= 0 or label_smoothing lies outside [0, 0.5): AssertionError instead of ValueError."""

import torch
import torch.nn.functional as F


def dpo_loss(policy_chosen, policy_rejected, ref_chosen, ref_rejected, beta=0.1, label_smoothing=0.0):
    assert beta > 0, "beta must be above 0"
    assert 0 <= label_smoothing < 0.5, "label_smoothing must lie in [0, 0.5)"
    dtype = torch.promote_types(policy_chosen.dtype, torch.float32)
    policy_chosen, policy_rejected = policy_chosen.to(dtype), policy_rejected.to(dtype)
    ref_chosen, ref_rejected = ref_chosen.detach().to(dtype), ref_rejected.detach().to(dtype)
    margin = (policy_chosen - policy_rejected) - (ref_chosen - ref_rejected)
    logits = beta * margin
    losses = -(1 - label_smoothing) * F.logsigmoid(logits) - label_smoothing * F.logsigmoid(-logits)
    chosen_rewards = beta * (policy_chosen - ref_chosen).detach()
    rejected_rewards = beta * (policy_rejected - ref_rejected).detach()
    return losses.mean(), chosen_rewards, rejected_rewards
