# drill: sample_token
# /// wrong
# fails = "finiteness"
# message = "Temperatures below 0.01 are taken as greedy against overflow, so logits that tie are not drawn at random."
# ///
"""Shows for 0 < temperature < 0.01 and rows whose largest logits tie."""
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
    if temperature < 0.01:
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
    return torch.multinomial(scores.softmax(dim=-1), 1, generator=generator).squeeze(-1)
