# drill: kl_estimators
# /// wrong
# fails = "numerics"
# message = "k3 is computed from |d|, which makes it symmetric; a token that the policy likes less weighs more, not the same."
# ///
"""Shows in k3 when d > 0; d < 0 is right."""

import torch


def kl_estimators(logps, ref_logps):
    dtype = torch.promote_types(logps.dtype, torch.float32)
    d = logps.to(dtype) - ref_logps.to(dtype)
    k1 = d
    k2 = d**2 / 2
    k3 = torch.expm1(d.abs()) - d.abs()
    return {"k1": k1, "k2": k2, "k3": k3}
