# drill: dpo_loss
"""Differs in kind: a binary classifier with soft targets, by the fused cross entropy with logits."""

import torch
from torch.nn.functional import binary_cross_entropy_with_logits


def dpo_loss(policy_chosen, policy_rejected, ref_chosen, ref_rejected, beta=0.1, label_smoothing=0.0):
    if beta <= 0:
        raise ValueError(f"beta={beta}")
    if not (0.0 <= label_smoothing < 0.5):
        raise ValueError(f"label_smoothing={label_smoothing}")
    dtype = torch.float64 if policy_chosen.dtype == torch.float64 else torch.float32
    policy = torch.stack([policy_chosen, policy_rejected]).to(dtype)
    reference = torch.stack([ref_chosen, ref_rejected]).detach().to(dtype)
    ratios = policy - reference
    logits = beta * (ratios[0] - ratios[1])
    targets = torch.full_like(logits, 1 - label_smoothing, requires_grad=False)
    loss = binary_cross_entropy_with_logits(logits, targets)
    rewards = beta * ratios.detach()
    return loss, rewards[0], rewards[1]
