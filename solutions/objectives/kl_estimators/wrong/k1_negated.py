# drill: kl_estimators
# /// wrong
# fails = "numerics"
# message = "k1 is reference minus policy; its mean under the policy's samples is minus the KL."
# ///
"""Shows in k1 whenever d is not 0."""

import torch


def kl_estimators(logps, ref_logps):
    dtype = torch.promote_types(logps.dtype, torch.float32)
    d = logps.to(dtype) - ref_logps.to(dtype)
    k1 = -d
    k2 = d**2 / 2
    k3 = (torch.expm1(-d) + d).clamp(min=0)
    return {"k1": k1, "k2": k2, "k3": k3}
