# drill: kl_estimators
# /// wrong
# fails = "numerics"
# message = "k1 is made positive with abs(); single samples may be negative, and without them its mean is not the KL."
# ///
"""Shows in k1 when d < 0."""

import torch


def kl_estimators(logps, ref_logps):
    dtype = torch.promote_types(logps.dtype, torch.float32)
    d = logps.to(dtype) - ref_logps.to(dtype)
    k1 = d.abs()
    k2 = d**2 / 2
    k3 = (torch.expm1(-d) + d).clamp(min=0)
    return {"k1": k1, "k2": k2, "k3": k3}
