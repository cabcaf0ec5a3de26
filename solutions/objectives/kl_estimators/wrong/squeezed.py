# drill: kl_estimators
# /// wrong
# fails = "shape"
# message = "squeeze() drops a batch or a length of 1."
# ///
"""Shows when B = 1 or T = 1."""

import torch


def kl_estimators(logps, ref_logps):
    dtype = torch.promote_types(logps.dtype, torch.float32)
    d = (logps.to(dtype) - ref_logps.to(dtype)).squeeze()
    k1 = d
    k2 = d**2 / 2
    k3 = (torch.expm1(-d) + d).clamp(min=0)
    return {"k1": k1, "k2": k2, "k3": k3}
