# drill: top_p_filter
# /// wrong
# fails = "gpu"
# message = "The keep mask is created without a device, so it lies on the CPU while the logits lie elsewhere."
# ///
"""Shows when the logits lie on any device but the CPU."""
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
    keep = torch.zeros(logits.shape, dtype=torch.bool).scatter(-1, order, stays)
    return logits.masked_fill(~keep, float("-inf"))
