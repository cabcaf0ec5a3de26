# drill: speculative_verify
"""Speculative sampling, one round.

A drafted token is kept with probability min(1, p / q), which yields min(p, q) of each token. What the target has
beyond that is max(0, p - q), and the replacement of the first rejected token is drawn from just that, so that both
add up to p.
"""
from torch import Tensor

LEDGER = {
    "target": "4*(K + 1)*V",
    "draft": "4*K*V",
    "residual": "[V]",
    "longest": "K + 1",
}


def _draw(weights: Tensor, uniform: Tensor) -> int:
    """The first index whose share of the cumulative weights exceeds `uniform`; weights [V] need not add up to 1."""
    possible = weights > 0  # [V]
    cumulative = weights.cumsum(dim=0) / weights.sum()  # [V]
    hits = possible & (cumulative > uniform)  # [V]
    if hits.any():
        return int(hits.int().argmax())  # argmax takes the first of equals
    return int(possible.nonzero()[-1])  # rounding left the sum at or below uniform


def speculative_verify(draft_tokens: Tensor, draft_probs: Tensor, target_probs: Tensor, uniforms: Tensor) -> list[int]:
    kept: list[int] = []
    for i, token in enumerate(draft_tokens.tolist()):
        target, draft = target_probs[i], draft_probs[i]  # [V] each
        ratio = target[token] / draft[token]  # inf where only the draft has 0, nan where both have
        if uniforms[i] < ratio:  # true for inf, false for nan
            kept.append(token)
            continue
        residual = (target - draft).clamp(min=0)  # [V]
        return [*kept, _draw(residual if residual.any() else target, uniforms[-1])]
    return [*kept, _draw(target_probs[-1], uniforms[-1])]
