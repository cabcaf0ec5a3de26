# drill: kl_estimators
# /// wrong
# fails = "gpu"
# message = "The log-ratio is subtracted in half precision and upcast afterwards, so unlike log-probabilities lose its last bits."
# ///
"""Shows for bfloat16 and float16 when logps and ref_logps differ by more than a factor of 2."""

import torch


def kl_estimators(logps, ref_logps):
    dtype = torch.promote_types(logps.dtype, torch.float32)
    d = (logps - ref_logps).to(dtype)
    k1 = d
    k2 = d**2 / 2
    k3 = (torch.expm1(-d) + d).clamp(min=0)
    return {"k1": k1, "k2": k2, "k3": k3}
