# drill: speculative_verify
# /// wrong
# fails = "numerics"
# message = "Where even the renormalised float64 sum ends below the uniform, the most probable index is drawn, not the last possible one."
# ///
"""Shows in float64 alone: where the renormalised sum ends at or below uniforms[K]."""
from torch import Tensor


def _draw(weights: Tensor, uniform: Tensor) -> int:
    weights = weights.double()
    cumulative = (weights / weights.sum()).cumsum(dim=0)
    hits = (weights > 0) & (cumulative > uniform)
    return int(hits.int().argmax()) if hits.any() else int(weights.argmax())


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
