# drill: kl_estimators
# /// wrong
# fails = "finiteness"
# message = "The exponential is taken in the inputs' dtype, and in float16 exp(12) is already infinite."
# ///
"""Shows for float16 when d is below -11.1: k3 is inf."""

import torch


def kl_estimators(logps, ref_logps):
    dtype = torch.promote_types(logps.dtype, torch.float32)
    d = logps.to(dtype) - ref_logps.to(dtype)
    k1 = d
    k2 = d**2 / 2
    k3 = (torch.expm1(ref_logps - logps).to(dtype) + d).clamp(min=0)
    return {"k1": k1, "k2": k2, "k3": k3}
