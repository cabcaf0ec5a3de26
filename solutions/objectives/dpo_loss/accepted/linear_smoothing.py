# drill: dpo_loss
"""Differs in the formula: since logsigmoid(-x) = logsigmoid(x) - x, smoothing adds label_smoothing * x, and one
log-sigmoid is enough.
"""

import torch
import torch.nn.functional as F


def dpo_loss(policy_chosen, policy_rejected, ref_chosen, ref_rejected, beta=0.1, label_smoothing=0.0):
    if beta <= 0.0:
        raise ValueError(f"beta = {beta} is not positive")
    if label_smoothing < 0.0 or label_smoothing >= 0.5:
        raise ValueError(f"label_smoothing = {label_smoothing} is not in [0, 0.5)")
    if policy_chosen.dtype in (torch.float16, torch.bfloat16):
        policy_chosen, policy_rejected, ref_chosen, ref_rejected = (
            t.float() for t in (policy_chosen, policy_rejected, ref_chosen, ref_rejected)
        )
    with torch.no_grad():
        chosen_rewards = (policy_chosen - ref_chosen).mul(beta)
        rejected_rewards = (policy_rejected - ref_rejected).mul(beta)
        reference_margin = ref_chosen - ref_rejected
    x = (policy_chosen - policy_rejected - reference_margin).mul(beta)
    return torch.mean(label_smoothing * x - F.logsigmoid(x)), chosen_rewards, rejected_rewards
