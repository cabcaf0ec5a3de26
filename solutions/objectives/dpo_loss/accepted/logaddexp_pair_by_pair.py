# drill: dpo_loss
"""Differs in kind: a Python loop over the pairs with logaddexp, written in a small class."""

import torch


class PreferenceLoss:
    def __init__(self, beta, label_smoothing):
        if beta <= 0:
            raise ValueError("beta must be positive")
        if label_smoothing < 0 or label_smoothing >= 0.5:
            raise ValueError("label_smoothing must be at least 0 and below 0.5")
        self.beta, self.smoothing = beta, label_smoothing

    def pair(self, chosen_ratio, rejected_ratio):
        x = self.beta * (chosen_ratio - rejected_ratio)
        zero = torch.zeros_like(x)
        return (1 - self.smoothing) * torch.logaddexp(zero, -x) + self.smoothing * torch.logaddexp(zero, x)

    def __call__(self, chosen, rejected):
        losses = [self.pair(c, r) for c, r in zip(chosen, rejected, strict=True)]
        return torch.stack(losses).mean()


def dpo_loss(policy_chosen, policy_rejected, ref_chosen, ref_rejected, beta=0.1, label_smoothing=0.0):
    objective = PreferenceLoss(beta, label_smoothing)
    if policy_chosen.dtype in (torch.bfloat16, torch.float16):
        policy_chosen, policy_rejected = policy_chosen.float(), policy_rejected.float()
        ref_chosen, ref_rejected = ref_chosen.float(), ref_rejected.float()
    chosen = policy_chosen - ref_chosen.detach()
    rejected = policy_rejected - ref_rejected.detach()
    return objective(chosen, rejected), (beta * chosen).detach(), (beta * rejected).detach()
