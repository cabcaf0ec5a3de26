# drill: top_p_filter
# /// wrong
# fails = "numerics"
# message = "Whatever equals the first dropped logit goes, so of equal tokens that straddle p too few stay."
# ///
"""Shows where equally probable tokens straddle p: [3, 1, 1, 1, 1] sevenths at p = 0.7 keep the first alone."""
import torch
from torch import Tensor


def top_p_filter(logits: Tensor, p: float) -> Tensor:
    if not 0 < p <= 1:
        raise ValueError("p outside (0, 1]")
    if p == 1:
        return logits.clone()
    ranked = logits.detach().sort(dim=-1, descending=True).values
    probs = torch.softmax(ranked, dim=-1, dtype=torch.promote_types(logits.dtype, torch.float32))
    goes = probs.cumsum(dim=-1) - probs >= p
    cutoff = ranked.masked_fill(~goes, float("-inf")).amax(dim=-1, keepdim=True)
    keep = (logits > cutoff) | (logits == ranked[..., :1])
    return logits.masked_fill(~keep, float("-inf"))
