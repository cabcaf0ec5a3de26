# drill: kl_estimators
# /// wrong
# fails = "contract"
# message = "to() returns the same tensor where the dtype fits, so -= writes the difference into the caller's logps."
# ///
"""Shows for float32 and float64: logps changed and is k1 (or, a leaf that requires grad, raises)."""

import torch


def kl_estimators(logps, ref_logps):
    dtype = torch.promote_types(logps.dtype, torch.float32)
    d = logps.to(dtype)
    d -= ref_logps.to(dtype)
    k1 = d
    k2 = d**2 / 2
    k3 = (torch.expm1(-d) + d).clamp(min=0)
    return {"k1": k1, "k2": k2, "k3": k3}
