# drill: top_p_filter
# /// wrong
# fails = "contract"
# message = "The vocabulary is shuffled by the global generator to break ties fairly, which moves its state."
# ///
"""Shows in the global random state after any call with p < 1; the result itself is right."""
import torch
from torch import Tensor


def top_p_filter(logits: Tensor, p: float) -> Tensor:
    if not 0 < p <= 1:
        raise ValueError("p outside (0, 1]")
    if p == 1:
        return logits.clone()
    shuffle = torch.randperm(logits.shape[-1]).to(logits.device)
    shuffled = logits[..., shuffle]
    ranked, order = shuffled.detach().sort(dim=-1, descending=True)
    probs = torch.softmax(ranked, dim=-1, dtype=torch.promote_types(logits.dtype, torch.float32))
    stays = probs.cumsum(dim=-1) - probs < p
    stays[..., 0] = True
    keep = torch.zeros_like(stays).scatter(-1, order, stays)
    return shuffled.masked_fill(~keep, float("-inf"))[..., shuffle.argsort()]
