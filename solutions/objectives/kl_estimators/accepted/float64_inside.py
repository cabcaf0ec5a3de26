# drill: kl_estimators
"""Differs in kind: the plain formula, computed in float64, where it has digits to spare, and cast back."""

import torch


def kl_estimators(logps, ref_logps):
    out = torch.float64 if logps.dtype == torch.float64 else torch.float32
    d = logps.double() - ref_logps.double()
    k3 = torch.exp(-d) - 1 + d
    k3 = torch.maximum(k3, torch.zeros_like(k3))
    return {"k1": d.to(out), "k2": (0.5 * d**2).to(out), "k3": k3.to(out)}
