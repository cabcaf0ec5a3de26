# drill: top_p_filter
# /// wrong
# fails = "numerics"
# message = "This is min-p, which bounds a token's ratio to the most probable one; top-p bounds the mass kept."
# ///
"""Shows on random rows: at p = 0.9 hardly any token but the first stays, at p = 0.05 too many stay."""
import torch
from torch import Tensor


def top_p_filter(logits: Tensor, p: float) -> Tensor:
    if not 0 < p <= 1:
        raise ValueError("p outside (0, 1]")
    if p == 1:
        return logits.clone()
    probs = torch.softmax(logits.detach(), dim=-1, dtype=torch.promote_types(logits.dtype, torch.float32))
    return logits.masked_fill(probs < p * probs.amax(dim=-1, keepdim=True), float("-inf"))
