# drill: top_p_filter
# /// wrong
# fails = "numerics"
# message = "Only the 256 largest logits are looked at, so a nucleus of more tokens is cut short."
# ///
"""Shows for a vocabulary of more than 256 tokens whose nucleus holds more than 256 of them."""
import torch
from torch import Tensor


def top_p_filter(logits: Tensor, p: float) -> Tensor:
    if not 0 < p <= 1:
        raise ValueError("p outside (0, 1]")
    if p == 1:
        return logits.clone()
    ranked, order = logits.detach().topk(min(256, logits.shape[-1]), dim=-1)
    wide = torch.promote_types(logits.dtype, torch.float32)
    probs = (ranked.to(wide) - logits.detach().to(wide).logsumexp(dim=-1, keepdim=True)).exp()
    stays = probs.cumsum(dim=-1) - probs < p
    stays[..., 0] = True
    keep = torch.zeros(logits.shape, dtype=torch.bool, device=logits.device).scatter(-1, order, stays)
    return logits.masked_fill(~keep, float("-inf"))
