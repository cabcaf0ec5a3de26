# drill: kl_estimators
# /// wrong
# fails = "gradients"
# message = "The estimators are computed without a graph, so a KL penalty built on them trains nothing."
# ///
"""Shows when logps requires grad: no result has a graph."""

import torch


@torch.no_grad()
def kl_estimators(logps, ref_logps):
    dtype = torch.promote_types(logps.dtype, torch.float32)
    d = logps.to(dtype) - ref_logps.to(dtype)
    k1 = d
    k2 = d**2 / 2
    k3 = (torch.expm1(-d) + d).clamp(min=0)
    return {"k1": k1, "k2": k2, "k3": k3}
