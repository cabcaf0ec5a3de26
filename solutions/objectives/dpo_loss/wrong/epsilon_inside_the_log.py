# drill: dpo_loss
# /// wrong
# fails = "numerics"
# message = "log(sigmoid(x) + 1e-8) caps the loss at 18.4 and takes the gradient from the pairs that are most wrong."
# source = "https://github.com/clab/dynet/issues/1217"
# ///
"""Shows when beta * margin is below about -15: at -100 the loss should be 100 and is 18.4."""

import torch


def log_sigmoid(x):
    return torch.log(torch.sigmoid(x) + 1e-8)


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
    losses = -(1 - label_smoothing) * log_sigmoid(logits) - label_smoothing * log_sigmoid(-logits)
    chosen_rewards = beta * (policy_chosen - ref_chosen).detach()
    rejected_rewards = beta * (policy_rejected - ref_rejected).detach()
    return losses.mean(), chosen_rewards, rejected_rewards
