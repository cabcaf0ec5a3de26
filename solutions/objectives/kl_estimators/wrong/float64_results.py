# drill: kl_estimators
# /// wrong
# fails = "shape"
# message = "Everything is computed in float64 for its digits and returned so; float32 inputs keep their dtype."
# ///
"""Shows for float32 and half precision: the results are float64."""

import torch


def kl_estimators(logps, ref_logps):
    dtype = torch.float64
    d = logps.to(dtype) - ref_logps.to(dtype)
    k1 = d
    k2 = d**2 / 2
    k3 = (torch.expm1(-d) + d).clamp(min=0)
    return {"k1": k1, "k2": k2, "k3": k3}
