# drill: kl_estimators
# /// wrong
# fails = "numerics"
# message = "k3 is capped at 10 for safety, so the tokens that moved farthest are underrated and get no gradient."
# ///
"""Shows in k3 when d is below about -2.6."""

import torch


def kl_estimators(logps, ref_logps):
    dtype = torch.promote_types(logps.dtype, torch.float32)
    d = logps.to(dtype) - ref_logps.to(dtype)
    k1 = d
    k2 = d**2 / 2
    k3 = (torch.expm1(-d) + d).clamp(min=0, max=10)
    return {"k1": k1, "k2": k2, "k3": k3}
