# drill: top_p_filter
# /// wrong
# fails = "contract"
# message = "The mask is written into the caller's logits, which are lost for whatever is computed from them next."
# source = "https://github.com/guidance-ai/guidance/pull/1327"
# ///
"""Shows whenever a token is dropped: the argument is changed, and logits that require grad or are expanded raise an
error."""
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
    keep = torch.zeros_like(stays).scatter(-1, order, stays)
    logits[~keep] = float("-inf")
    return logits
