# drill: kl_estimators
# /// wrong
# fails = "shape"
# message = "The results are computed in float32 and cast back to half precision; float32 is asked."
# source = "https://github.com/OpenRLHF/OpenRLHF/issues/620"
# ///
"""Shows for bfloat16 and float16."""

import torch


def kl_estimators(logps, ref_logps):
    dtype = torch.promote_types(logps.dtype, torch.float32)
    d = logps.to(dtype) - ref_logps.to(dtype)
    k1 = d
    k2 = d**2 / 2
    k3 = (torch.expm1(-d) + d).clamp(min=0)
    return {"k1": k1.to(logps.dtype), "k2": k2.to(logps.dtype), "k3": k3.to(logps.dtype)}
