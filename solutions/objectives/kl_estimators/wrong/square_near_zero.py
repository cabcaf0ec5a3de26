# drill: kl_estimators
# /// wrong
# fails = "numerics"
# message = "Near d = 0, k3 is replaced by d^2 / 2; what is left out is d / 3 of it, 0.3 percent at |d| = 0.01."
# ///
"""Shows in k3 when |d| is between 0.003 and 0.01."""

import torch


def kl_estimators(logps, ref_logps):
    dtype = torch.promote_types(logps.dtype, torch.float32)
    d = logps.to(dtype) - ref_logps.to(dtype)
    k1 = d
    k2 = d**2 / 2
    k3 = torch.where(d.abs() < 0.01, d**2 / 2, torch.expm1(-d) + d).clamp(min=0)
    return {"k1": k1, "k2": k2, "k3": k3}
