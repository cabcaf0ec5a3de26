# drill: sample_token
"""Filters and draws each row alone, and leaves the draw of generator=None to torch.distributions."""
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
        return torch.stack([row.argmax() for row in logits])
    tokens = []
    for row in logits.detach():
        scores = row.to(torch.promote_types(row.dtype, torch.float32)) / max(temperature, 1e-30)
        if top_k is not None:
            scores = torch.where(scores < scores.sort(descending=True).values[:top_k][-1], -torch.inf, scores)
        ranked, order = scores.log_softmax(0).sort(descending=True)
        if top_p is not None and top_p < 1:
            size = int((ranked.exp().cumsum(0)[:-1] < top_p).sum()) + 1
            ranked, order = ranked[:size], order[:size]
        if generator is None:
            rank = torch.distributions.Categorical(logits=ranked).sample()
        else:
            rank = torch.multinomial(ranked.softmax(0), 1, generator=generator)[0]
        tokens.append(order[rank])
    return torch.stack(tokens)
