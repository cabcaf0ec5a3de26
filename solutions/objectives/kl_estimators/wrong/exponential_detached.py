# drill: kl_estimators
# /// wrong
# fails = "gradients"
# message = "exp(-d) is taken out of the graph, so k3 has the gradient of k1: 1 everywhere."
# ///
"""Shows in the gradient of k3 alone."""

import torch


def kl_estimators(logps, ref_logps):
    dtype = torch.promote_types(logps.dtype, torch.float32)
    d = logps.to(dtype) - ref_logps.to(dtype)
    k1 = d
    k2 = d**2 / 2
    k3 = (torch.expm1(-d.detach()) + d).clamp(min=0)
    return {"k1": k1, "k2": k2, "k3": k3}
