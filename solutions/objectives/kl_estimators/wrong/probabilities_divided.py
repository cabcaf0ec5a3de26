# drill: kl_estimators
# /// wrong
# fails = "finiteness"
# message = "The ratio is exp(ref_logps) / exp(logps), and both are 0 for an unlikely token: 0 / 0 is NaN."
# ///
"""Shows when a log-probability is below about -104 in float32 (-745 in float64)."""

import torch


def kl_estimators(logps, ref_logps):
    dtype = torch.promote_types(logps.dtype, torch.float32)
    d = logps.to(dtype) - ref_logps.to(dtype)
    k1 = d
    k2 = d**2 / 2
    k3 = ((torch.exp(ref_logps.to(dtype)) / torch.exp(logps.to(dtype)) - 1) + d).clamp(min=0)
    return {"k1": k1, "k2": k2, "k3": k3}
