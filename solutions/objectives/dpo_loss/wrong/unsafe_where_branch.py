# drill: dpo_loss
# /// wrong
# fails = "finiteness"
# message = "torch.where hides the branch that overflows, but in the backward pass its 0 * inf makes the gradient NaN."
# source = "https://github.com/pytorch/pytorch/issues/68425"
# ///
"""Shows only in the gradient, when |beta * margin| is above about 88 in float32 (709 in float64); the loss itself is
right.
"""

import torch


def log_sigmoid(x):
    # Two forms of one function, each stable on its own side.
    return torch.where(x > 0, -torch.log1p(torch.exp(-x)), x - torch.log1p(torch.exp(x)))


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
