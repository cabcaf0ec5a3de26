# drill: dpo_loss
"""Differs in the order of work: the implicit rewards first, then a softplus of their difference."""

import torch
import torch.nn.functional as F


def dpo_loss(policy_chosen, policy_rejected, ref_chosen, ref_rejected, beta=0.1, label_smoothing=0.0):
    if beta <= 0:
        raise ValueError("beta must be positive")
    if label_smoothing < 0 or label_smoothing >= 0.5:
        raise ValueError("label_smoothing must be in [0, 0.5)")
    half = policy_chosen.dtype in (torch.float16, torch.bfloat16)

    def reward(policy, reference):
        if half:
            policy, reference = policy.float(), reference.float()
        return beta * (policy - reference.detach())

    chosen = reward(policy_chosen, ref_chosen)
    rejected = reward(policy_rejected, ref_rejected)
    gap = chosen - rejected
    loss = (1 - label_smoothing) * F.softplus(-gap) + label_smoothing * F.softplus(gap)
    return loss.mean(), chosen.detach(), rejected.detach()
