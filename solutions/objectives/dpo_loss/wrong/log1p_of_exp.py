# drill: dpo_loss
# /// wrong
# fails = "finiteness"
# message = "-log1p(exp(-x)) overflows in the exp for a negative x of ordinary size."
# source = "https://github.com/pytorch/pytorch/pull/2211"
# ///
"""Shows when beta * margin is below about -88 in float32 (-709 in float64), or above 88 as soon as label_smoothing >
0.
"""

import torch


def log_sigmoid(x):
    return -torch.log1p(torch.exp(-x))


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
