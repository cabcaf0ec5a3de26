# drill: dpo_loss
# /// wrong
# fails = "finiteness"
# message = "log(sigmoid(x)) forms a sigmoid of 0 for a very negative x: the loss is infinite, the gradient NaN."
# source = "https://github.com/thinking-machines-lab/tinker-cookbook/pull/188"
# ///
"""Shows when beta * margin is below about -104 in float32 (-745 in float64), or above 104 as soon as label_smoothing
> 0.
"""

import torch


def log_sigmoid(x):
    return torch.log(torch.sigmoid(x))


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
