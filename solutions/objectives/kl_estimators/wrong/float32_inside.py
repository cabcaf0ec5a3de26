# drill: kl_estimators
# /// wrong
# fails = "numerics"
# message = "Everything is cast to float32 and back, so float64 inputs lose half of their digits."
# ///
"""Shows for float64 at a tolerance of 1e-9."""

import torch


def kl_estimators(logps, ref_logps):
    dtype = torch.promote_types(logps.dtype, torch.float32)
    d = logps.float() - ref_logps.float()
    k1 = d
    k2 = d**2 / 2
    k3 = (torch.expm1(-d) + d).clamp(min=0)
    return {"k1": k1.to(dtype), "k2": k2.to(dtype), "k3": k3.to(dtype)}
