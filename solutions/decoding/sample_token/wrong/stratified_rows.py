# drill: sample_token
# /// wrong
# fails = "statistics"
# message = "One uniform number is shifted by row / B: each row alone is right, but the rows depend on one another."
# ///
"""Shows for B >= 2 in the pairs of tokens that two rows get: with two equal rows they are never drawn from the same
half."""
import torch
from torch import Tensor


def sample_token(logits: Tensor, *, temperature: float = 1.0, top_k: int | None = None, top_p: float | None = None,
                 generator: torch.Generator | None = None) -> Tensor:
    if temperature < 0:
        raise ValueError("temperature must not be negative")
    if top_k is not None and top_k < 1:
        raise ValueError("top_k must be at least 1")
    if top_p is not None and not 0 < top_p <= 1:
        raise ValueError("top_p must lie in (0, 1]")
    if temperature == 0:
        return logits.argmax(dim=-1)
    scores = logits.detach().to(torch.promote_types(logits.dtype, torch.float32)) / max(temperature, 1e-30)
    if top_k is not None:
        top = scores.topk(min(top_k, scores.shape[-1]), dim=-1).values
        scores = scores.masked_fill(scores < top[:, -1:], float("-inf"))
    if top_p is not None and top_p < 1:
        ranked, order = scores.sort(dim=-1, descending=True)
        probs = ranked.softmax(dim=-1)
        drop = probs.cumsum(dim=-1) - probs >= top_p
        drop[:, 0] = False
        scores = scores.masked_fill(torch.zeros_like(drop).scatter(-1, order, drop), float("-inf"))
    rows = torch.arange(len(logits), device=logits.device, dtype=scores.dtype).unsqueeze(-1)
    level = torch.rand(1, 1, generator=generator, device=logits.device, dtype=scores.dtype) + rows / len(logits)
    level = level % 1
    cumulative = scores.softmax(dim=-1).cumsum(dim=-1)
    token = (cumulative <= level * cumulative[:, -1:]).sum(dim=-1)
    last = scores.shape[-1] - 1 - (scores.flip(-1) > float("-inf")).int().argmax(dim=-1)
    return torch.minimum(token, last)
