# drill: top_p_filter
# /// wrong
# fails = "numerics"
# message = "remove[0] = False spares the whole first row of a batch, not the first token of every row."
# source = "https://github.com/fishaudio/fish-speech/pull/1326"
# ///
"""Shows for logits of two or more dimensions with p < 1; one-dimensional logits come out right."""
import torch
from torch import Tensor


def top_p_filter(logits: Tensor, p: float) -> Tensor:
    if not 0 < p <= 1:
        raise ValueError("p outside (0, 1]")
    if p == 1:
        return logits.clone()
    ranked, order = logits.detach().sort(dim=-1, descending=True)
    probs = torch.softmax(ranked, dim=-1, dtype=torch.promote_types(logits.dtype, torch.float32))
    remove = probs.cumsum(dim=-1) - probs >= p
    remove[0] = False
    drop = torch.zeros_like(remove).scatter(-1, order, remove)
    return logits.masked_fill(drop, float("-inf"))
