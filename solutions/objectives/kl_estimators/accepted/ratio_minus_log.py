# drill: kl_estimators
"""Differs in kind: r - 1 - log(r) of the rounded ratio r. Its log makes up for the rounding of r, so no digits are lost
near r = 1, and it is never negative.
"""

import torch


def kl_estimators(logps, ref_logps):
    if logps.dtype != torch.float64:
        logps, ref_logps = logps.float(), ref_logps.float()
    difference = logps - ref_logps
    ratio = torch.exp(ref_logps - logps)
    k3 = (ratio - 1.0) - torch.log(ratio)
    return {"k3": torch.relu(k3), "k2": difference * difference / 2.0, "k1": difference}
