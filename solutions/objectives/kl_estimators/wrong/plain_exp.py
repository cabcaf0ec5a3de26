# drill: kl_estimators
# /// wrong
# fails = "numerics"
# message = "exp(-d) - 1 + d cancels near d = 0: in float32 it is off by a tenth at |d| = 1e-3 and can be negative."
# source = "https://github.com/google/tunix/issues/2315"
# ///
"""Shows for float32 and half precision at |d| of about 1e-3 and below: relative error, and values of -6e-8 at |d| =
1e-6.
"""

import torch


def kl_estimators(logps, ref_logps):
    dtype = torch.promote_types(logps.dtype, torch.float32)
    d = logps.to(dtype) - ref_logps.to(dtype)
    k1 = d
    k2 = d**2 / 2
    k3 = torch.exp(-d) - 1 + d
    return {"k1": k1, "k2": k2, "k3": k3}
