# drill: kl_estimators
# /// wrong
# fails = "gpu"
# message = "d and its exp are computed in half precision and upcast too late, so each token is off by up to 1 percent."
# source = "https://github.com/OpenRLHF/OpenRLHF/issues/634"
# ///
"""Shows for bfloat16 and float16 at a tolerance of 1e-3."""

import torch


def kl_estimators(logps, ref_logps):
    dtype = torch.promote_types(logps.dtype, torch.float32)
    d = logps - ref_logps
    k1 = d
    k2 = d**2 / 2
    k3 = (torch.expm1(-d) + d).clamp(min=0)
    return {"k1": k1.to(dtype), "k2": k2.to(dtype), "k3": k3.to(dtype)}
