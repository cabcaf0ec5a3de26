# drill: sample_token
"""Draws by a race of exponential clocks, the one of each token running at the rate of its probability; the first to
ring is argmax(probability / noise)."""
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
        larger = (scores.unsqueeze(-2) > scores.unsqueeze(-1)).sum(dim=-1)  # [B, V], how many are above each one
        scores = scores.masked_fill(larger >= top_k, float("-inf"))
    probs = scores.softmax(dim=-1)
    if top_p is not None and top_p < 1:
        above = (probs.unsqueeze(-2) * (probs.unsqueeze(-2) > probs.unsqueeze(-1))).sum(dim=-1)
        probs = probs.masked_fill(above >= top_p, 0.0)
    noise = torch.empty_like(probs).exponential_(generator=generator)
    return (probs / noise).argmax(dim=-1)
