# drill: kl_estimators
"""Three estimators of one KL from a single log-ratio: k1 is unbiased and noisy, k2 is steady and biased, k3 is unbiased
and never negative. Near d = 0, k3 is about d^2 / 2, the small rest of two numbers near 1; expm1 keeps its digits.
"""

import torch
from torch import Tensor

LEDGER = {
    "k3": "[B, T]",
    "input_bytes": "8 * B * T",
    "output_bytes": "12 * B * T",
    "exact_bytes": "8 * B * T * V",
}


def kl_estimators(logps: Tensor, ref_logps: Tensor) -> dict[str, Tensor]:
    """Log-probabilities of sampled tokens, [B, T] each -> {"k1", "k2", "k3"}, [B, T] each."""
    # bfloat16 knows log-probabilities of size 8 only to 0.03, which is more than most of these differences.
    dtype = torch.promote_types(logps.dtype, torch.float32)
    d = logps.to(dtype) - ref_logps.to(dtype)  # [B, T]

    # expm1(-d) + d is exact to a few 1e-4 at |d| = 1e-3; the last bit may still put it below 0, where clamp helps.
    k3 = (torch.expm1(-d) + d).clamp(min=0)  # [B, T]
    return {"k1": d, "k2": d.square() / 2, "k3": k3}
