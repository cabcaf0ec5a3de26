# drill: kl_estimators
# /// wrong
# fails = "gpu"
# message = "The zeros that k3 is compared with are created without a device, so they stand on the CPU."
# ///
"""Shows when the inputs are on any device but the CPU."""

import torch


def kl_estimators(logps, ref_logps):
    dtype = torch.promote_types(logps.dtype, torch.float32)
    d = logps.to(dtype) - ref_logps.to(dtype)
    k1 = d
    k2 = d**2 / 2
    k3 = torch.maximum(torch.expm1(-d) + d, torch.zeros(d.shape, dtype=dtype))
    return {"k1": k1, "k2": k2, "k3": k3}
