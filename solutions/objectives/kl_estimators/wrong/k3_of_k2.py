# drill: kl_estimators
# /// wrong
# fails = "numerics"
# message = "The log-ratio's variable is overwritten by k2 before k3 reads it, so k3 is computed from d^2 / 2."
# ///
"""Shows in k3 whenever d is not 0 or 2."""

import torch


def kl_estimators(logps, ref_logps):
    dtype = torch.promote_types(logps.dtype, torch.float32)
    d = logps.to(dtype) - ref_logps.to(dtype)
    k1 = d
    k2 = d = d**2 / 2
    k3 = (torch.expm1(-d) + d).clamp(min=0)
    return {"k1": k1, "k2": k2, "k3": k3}
