# drill: kl_estimators
# /// wrong
# fails = "numerics"
# message = "The clamp hides the negative values of exp(-d) - 1 + d, but near d = 0 its digits are still lost."
# source = "https://github.com/unslothai/unsloth-zoo/pull/1240"
# ///
"""Shows for float32 and half precision at |d| between 1e-3 and 3e-3: a relative error above 1e-3; no value is
negative.
"""

import torch


def kl_estimators(logps, ref_logps):
    dtype = torch.promote_types(logps.dtype, torch.float32)
    d = logps.to(dtype) - ref_logps.to(dtype)
    k1 = d
    k2 = d**2 / 2
    k3 = (torch.exp(-d) - 1 + d).clamp(min=0)
    return {"k1": k1, "k2": k2, "k3": k3}
