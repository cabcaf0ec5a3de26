# drill: kl_estimators
# /// wrong
# fails = "numerics"
# message = "d is clamped to [-10, 10] for safety, so the largest deviations are underrated and get no gradient."
# source = "https://github.com/OpenRLHF/OpenRLHF/pull/1160"
# ///
"""Shows when |d| is above 10."""

import torch


def kl_estimators(logps, ref_logps):
    dtype = torch.promote_types(logps.dtype, torch.float32)
    d = logps.to(dtype) - ref_logps.to(dtype)
    d = d.clamp(-10, 10)
    k1 = d
    k2 = d**2 / 2
    k3 = (torch.expm1(-d) + d).clamp(min=0)
    return {"k1": k1, "k2": k2, "k3": k3}
