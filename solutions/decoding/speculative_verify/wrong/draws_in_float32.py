# drill: speculative_verify
# /// wrong
# fails = "numerics"
# message = "The draw is made in float32, which turns close decisions of float64 inputs."
# ///
"""Shows for float64 inputs where uniforms[K] lies within 1e-8 of a cumulative probability."""
from torch import Tensor


def _draw(weights: Tensor, uniform: Tensor) -> int:
    weights, uniform = weights.float(), uniform.float()
    possible = weights > 0
    hits = possible & (weights.cumsum(dim=0) / weights.sum() > uniform)
    return int(hits.int().argmax()) if hits.any() else int(possible.nonzero()[-1])


def speculative_verify(draft_tokens: Tensor, draft_probs: Tensor, target_probs: Tensor, uniforms: Tensor) -> list[int]:
    kept = []
    for i, token in enumerate(draft_tokens.tolist()):
        target, draft = target_probs[i], draft_probs[i]
        if uniforms[i] < target[token] / draft[token]:
            kept.append(token)
            continue
        residual = (target - draft).clamp(min=0)
        return [*kept, _draw(residual if residual.any() else target, uniforms[-1])]
    return [*kept, _draw(target_probs[-1], uniforms[-1])]
