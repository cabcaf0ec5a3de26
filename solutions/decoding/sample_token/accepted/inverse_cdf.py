# drill: sample_token
"""Draws by inverting the cumulative sum: one uniform number a row, and the first token whose sum exceeds it."""
import torch
from torch import Tensor


def sample_token(logits: Tensor, *, temperature: float = 1.0, top_k: int | None = None, top_p: float | None = None,
                 generator: torch.Generator | None = None) -> Tensor:
    if not temperature >= 0:
        raise ValueError("temperature must not be negative")
    if top_k is not None and top_k <= 0:
        raise ValueError("top_k must be positive")
    if top_p is not None and not (0 < top_p <= 1):
        raise ValueError("top_p outside (0, 1]")
    if temperature == 0:
        return logits.max(dim=-1).indices
    with torch.no_grad():
        values = logits.to(torch.promote_types(logits.dtype, torch.float32))
        weights = ((values - values.max(dim=-1, keepdim=True).values) / max(temperature, 1e-37)).exp()
        if top_k is not None:
            least = values.topk(min(top_k, values.shape[-1])).values.min(dim=-1, keepdim=True).values
            weights = weights * (values >= least)
        if top_p is not None and top_p < 1:
            ascending, order = (weights / weights.sum(-1, keepdim=True)).sort(dim=-1)
            tail = ascending.cumsum(-1) <= 1 - top_p
            tail[:, -1] = False
            weights = weights.masked_fill(torch.empty_like(tail).scatter_(-1, order, tail), 0.0)
        cumulative = weights.cumsum(-1)
        level = torch.rand(len(logits), 1, generator=generator, device=logits.device, dtype=weights.dtype)
        token = (cumulative <= level * cumulative[:, -1:]).sum(-1)
        last = weights.shape[-1] - 1 - (weights.flip(-1) > 0).int().argmax(-1)  # rounding must not step past it
        return torch.minimum(token, last)
