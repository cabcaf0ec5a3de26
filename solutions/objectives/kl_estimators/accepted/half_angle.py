# drill: kl_estimators
"""Differs in kind: exp(-d) - 1 = -2 exp(-d/2) sinh(d/2), which has no cancellation either."""

import torch


def _wide(x):
    return x if x.dtype == torch.float64 else x.float()


def kl_estimators(logps, ref_logps):
    k1 = torch.subtract(_wide(logps), _wide(ref_logps))
    k2 = torch.square(k1) * 0.5
    half = k1 / 2
    k3 = k1 - 2 * torch.exp(-half) * torch.sinh(half)
    return {"k1": k1, "k2": k2, "k3": torch.clamp(k3, min=0)}
