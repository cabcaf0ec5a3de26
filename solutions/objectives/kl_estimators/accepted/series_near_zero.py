# drill: kl_estimators
"""Differs in kind: a Taylor series where |d| is small, the plain formula elsewhere; both branches are finite."""

import torch


def kl_estimators(logps, ref_logps):
    half = logps.dtype in (torch.float16, torch.bfloat16)
    policy, reference = (logps.float(), ref_logps.float()) if half else (logps, ref_logps)
    d = policy - reference
    # (exp(-d) - 1 + d) / d^2 = 1/2! - d/3! + d^2/4! - ...; with |d| < 0.05, 8 terms reach float64.
    series = torch.zeros_like(d)
    for factorial in (362880, 40320, 5040, 720, 120, 24, 6, 2):
        series = 1 / factorial - d * series
    k3 = torch.where(d.abs() < 0.05, series * d * d, torch.exp(-d) - 1 + d)
    return {"k1": d, "k2": d * d / 2, "k3": k3}
