# drill: dpo_loss
# /// wrong
# fails = "gpu"
# message = "The margin is taken in half precision and upcast too late: log-probabilities in the hundreds are off by 1."
# source = "https://github.com/OpenRLHF/OpenRLHF/issues/634"
# ///
"""Shows for bfloat16 and float16 when log-probabilities of different size are subtracted (-301 and -0.75), best with
beta = 1.
"""

import torch
import torch.nn.functional as F


def dpo_loss(policy_chosen, policy_rejected, ref_chosen, ref_rejected, beta=0.1, label_smoothing=0.0):
    if beta <= 0:
        raise ValueError("beta must be above 0")
    if not 0 <= label_smoothing < 0.5:
        raise ValueError("label_smoothing must lie in [0, 0.5)")
    dtype = torch.promote_types(policy_chosen.dtype, torch.float32)
    ref_chosen, ref_rejected = ref_chosen.detach(), ref_rejected.detach()
    margin = (policy_chosen - policy_rejected) - (ref_chosen - ref_rejected)
    logits = beta * margin.to(dtype)
    losses = -(1 - label_smoothing) * F.logsigmoid(logits) - label_smoothing * F.logsigmoid(-logits)
    chosen_rewards = beta * (policy_chosen - ref_chosen).detach().to(dtype)
    rejected_rewards = beta * (policy_rejected - ref_rejected).detach().to(dtype)
    return losses.mean(), chosen_rewards, rejected_rewards
