# drill: top_p_filter
# /// wrong
# fails = "numerics"
# message = "The sorted mask is carried back with gather, which applies the permutation again instead of undoing it."
# source = "https://github.com/lucidrains/PaLM-rlhf-pytorch/issues/60"
# ///
"""Shows when V >= 3 and the sort order is not its own inverse; for V <= 2, sorted rows and swaps the result is
right."""
import torch
from torch import Tensor


def top_p_filter(logits: Tensor, p: float) -> Tensor:
    if not 0 < p <= 1:
        raise ValueError("p outside (0, 1]")
    if p == 1:
        return logits.clone()
    ranked, order = logits.detach().sort(dim=-1, descending=True)
    probs = torch.softmax(ranked, dim=-1, dtype=torch.promote_types(logits.dtype, torch.float32))
    stays = probs.cumsum(dim=-1) - probs < p
    stays[..., 0] = True
    return logits.masked_fill(~stays.gather(-1, order), float("-inf"))
