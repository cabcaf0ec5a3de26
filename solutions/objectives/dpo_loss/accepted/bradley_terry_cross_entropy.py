# drill: dpo_loss
"""Differs in kind: a two-way softmax over the rewards. PyTorch smooths over both classes, hence twice the value."""

import torch
import torch.nn.functional as F


def dpo_loss(policy_chosen, policy_rejected, ref_chosen, ref_rejected, beta=0.1, label_smoothing=0.0):
    if not beta > 0:
        raise ValueError("beta must be > 0")
    if not 0 <= label_smoothing < 0.5:
        raise ValueError("label_smoothing must be in [0, 0.5)")
    dtype = torch.promote_types(policy_chosen.dtype, torch.float32)
    log_ratios = torch.stack(
        [
            policy_chosen.to(dtype) - ref_chosen.detach().to(dtype),
            policy_rejected.to(dtype) - ref_rejected.detach().to(dtype),
        ],
        dim=1,
    )
    rewards = beta * log_ratios  # [B, 2], the chosen response is class 0
    winner = torch.zeros(len(rewards), dtype=torch.long, device=rewards.device)
    loss = F.cross_entropy(rewards, winner, label_smoothing=2 * label_smoothing)
    chosen, rejected = rewards.detach().unbind(dim=1)
    return loss, chosen, rejected
