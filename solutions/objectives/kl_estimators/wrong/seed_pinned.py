# drill: kl_estimators
# /// wrong
# fails = "contract"
# message = "The global random state is reseeded on every call, so whatever the training loop draws afterwards repeats."
# ///
"""Shows always: the global random state differs after the call."""

import torch


def kl_estimators(logps, ref_logps):
    torch.manual_seed(0)
    dtype = torch.promote_types(logps.dtype, torch.float32)
    d = logps.to(dtype) - ref_logps.to(dtype)
    k1 = d
    k2 = d**2 / 2
    k3 = (torch.expm1(-d) + d).clamp(min=0)
    return {"k1": k1, "k2": k2, "k3": k3}
