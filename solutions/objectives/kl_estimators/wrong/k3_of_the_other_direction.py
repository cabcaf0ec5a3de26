# drill: kl_estimators
# /// wrong
# fails = "numerics"
# message = "k3 uses exp(d) - 1 - d, the inverse ratio; under the policy's samples its mean is not the KL."
# ///
"""Shows when |d| is not small: at d = 0.5, 0.1487 instead of 0.1065."""

import torch


def kl_estimators(logps, ref_logps):
    dtype = torch.promote_types(logps.dtype, torch.float32)
    d = logps.to(dtype) - ref_logps.to(dtype)
    k1 = d
    k2 = d**2 / 2
    k3 = (torch.expm1(d) - d).clamp(min=0)
    return {"k1": k1, "k2": k2, "k3": k3}
