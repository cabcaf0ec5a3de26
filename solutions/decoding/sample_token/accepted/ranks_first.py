# drill: sample_token
"""Works in sorted order: both filters cut the end of the ranking, and the drawn rank names the token."""
import torch
import torch.nn.functional as F
from torch import Tensor


def sample_token(logits: Tensor, *, temperature: float = 1.0, top_k: int | None = None, top_p: float | None = None,
                 generator: torch.Generator | None = None) -> Tensor:
    if temperature < 0:
        raise ValueError("temperature < 0")
    if top_k is not None and top_k < 1:
        raise ValueError("top_k < 1")
    if top_p is not None and (top_p <= 0 or top_p > 1):
        raise ValueError("top_p outside (0, 1]")
    if temperature == 0:
        return logits.argmax(-1)
    wide = logits.detach().to(torch.promote_types(logits.dtype, torch.float32))
    ranked, order = wide.sort(dim=-1, descending=True, stable=True)
    weights = F.softmax(ranked / max(temperature, 1e-30), dim=-1)
    if top_k is not None:
        kth = ranked[:, min(top_k, ranked.shape[1]) - 1].unsqueeze(1)
        weights = torch.where(ranked < kth, torch.zeros_like(weights), weights)  # temperature keeps the ranking
    if top_p is not None and top_p != 1:
        weights = weights / weights.sum(dim=-1, keepdim=True)
        outside = weights.cumsum(dim=-1) - weights >= top_p
        outside[:, 0] = False
        weights = torch.where(outside, torch.zeros_like(weights), weights)
    rank = torch.multinomial(weights, num_samples=1, generator=generator)
    return order.gather(1, rank)[:, 0]
