# drill: sample_token
# /// wrong
# fails = "statistics"
# message = "The temperature is raised to at least 0.001, so a smaller one draws from a flatter distribution."
# ///
"""Shows when the temperature is below 0.001."""

import torch
from torch import Tensor


def _check(temperature: float, top_k: int | None, top_p: float | None) -> None:
    if temperature < 0:
        raise ValueError(f"temperature must not be negative, got {temperature}")
    if top_k is not None and top_k < 1:
        raise ValueError(f"top_k must be at least 1, got {top_k}")
    if top_p is not None and not 0 < top_p <= 1:
        raise ValueError(f"top_p must lie in (0, 1], got {top_p}")


def _keep_top_k(scores: Tensor, k: int) -> Tensor:
    top = scores.topk(min(k, scores.shape[-1]), dim=-1).values  # [B, k], largest first
    return scores.masked_fill(scores < top[:, -1:], float("-inf"))  # [B, V], ties stay


def _keep_nucleus(scores: Tensor, p: float) -> Tensor:
    ranked, order = scores.sort(dim=-1, descending=True)  # both [B, V]
    probs = ranked.softmax(dim=-1)  # [B, V]
    drop = probs.cumsum(dim=-1) - probs >= p  # [B, V], by the mass above each token
    drop[:, 0] = False
    return scores.masked_fill(torch.zeros_like(drop).scatter(-1, order, drop), float("-inf"))  # [B, V]


def sample_token(logits: Tensor, *, temperature: float = 1.0, top_k: int | None = None, top_p: float | None = None,
                 generator: torch.Generator | None = None) -> Tensor:
    _check(temperature, top_k, top_p)
    if temperature == 0:
        return logits.argmax(dim=-1)  # [B], the first of the largest

    wide = torch.promote_types(logits.dtype, torch.float32)  # half precision overflows at a small temperature
    scores = logits.detach().to(wide) / max(temperature, 1e-3)  # [B, V]; 1e4 / 1e-30 still fits float32
    if top_k is not None:
        scores = _keep_top_k(scores, top_k)
    if top_p is not None and top_p < 1:  # at 1, rounding would cut the tail
        scores = _keep_nucleus(scores, top_p)
    probs = scores.softmax(dim=-1)  # [B, V], renormalised
    return torch.multinomial(probs, 1, generator=generator).squeeze(-1)  # [B]
