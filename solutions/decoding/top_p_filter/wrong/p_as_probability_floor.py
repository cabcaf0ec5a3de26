# drill: top_p_filter
# /// wrong
# fails = "numerics"
# message = "p is taken as the least probability of a token, not as the mass the kept tokens reach together."
# source = "https://github.com/rusiaaman/XLnet-gen/issues/2"
# ///
"""Shows on flat rows: with 20 tokens of about 0.05 each and p = 0.5 one token stays instead of ten."""
import torch
from torch import Tensor


def top_p_filter(logits: Tensor, p: float) -> Tensor:
    if not 0 < p <= 1:
        raise ValueError("p outside (0, 1]")
    if p == 1:
        return logits.clone()
    probs = torch.softmax(logits.detach(), dim=-1, dtype=torch.promote_types(logits.dtype, torch.float32))
    keep = (probs > p) | (probs == probs.amax(dim=-1, keepdim=True))
    return logits.masked_fill(~keep, float("-inf"))
