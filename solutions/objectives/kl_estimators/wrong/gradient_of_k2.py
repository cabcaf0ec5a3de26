# drill: kl_estimators
# /// wrong
# fails = "gradients"
# message = "k3 has its own value but the gradient of k2, a straight-through trick; the derivative of k3 is asked."
# source = "https://github.com/verl-project/verl/pull/2953"
# ///
"""Shows in the gradient of k3 when |d| is not small: at d = 0.5, 0.5 instead of 0.3935."""

import torch


def kl_estimators(logps, ref_logps):
    dtype = torch.promote_types(logps.dtype, torch.float32)
    d = logps.to(dtype) - ref_logps.to(dtype)
    k1 = d
    k2 = d**2 / 2
    k3 = (torch.expm1(-d) + d).clamp(min=0)
    k3 = k2 + (k3 - k2).detach()
    return {"k1": k1, "k2": k2, "k3": k3}
