# drill: kl_estimators
# /// wrong
# fails = "shape"
# message = "The estimators are summed over the sequence; one value per token is asked."
# ///
"""Shows always: the results have shape [B]."""

import torch


def kl_estimators(logps, ref_logps):
    dtype = torch.promote_types(logps.dtype, torch.float32)
    d = logps.to(dtype) - ref_logps.to(dtype)
    k1 = d
    k2 = d**2 / 2
    k3 = (torch.expm1(-d) + d).clamp(min=0)
    return {"k1": k1.sum(dim=-1), "k2": k2.sum(dim=-1), "k3": k3.sum(dim=-1)}
