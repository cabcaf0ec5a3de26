# drill: speculative_verify
# /// wrong
# fails = "numerics"
# message = "argmax over all False is 0, so where rounding leaves no index token 0 is drawn."
# ///
"""Shows when the cumulative sum of a row ends at or below uniforms[K]."""
import torch
from torch import Tensor


def _draw(weights: Tensor, uniform: Tensor) -> int:
    return int(((weights > 0) & (weights.cumsum(dim=0) > uniform)).int().argmax())


def speculative_verify(draft_tokens: Tensor, draft_probs: Tensor, target_probs: Tensor, uniforms: Tensor) -> list[int]:
    kept = []
    for i, token in enumerate(draft_tokens.tolist()):
        target, draft = target_probs[i], draft_probs[i]
        if uniforms[i] < target[token] / draft[token]:
            kept.append(token)
            continue
        residual = (target - draft).clamp(min=0)
        weights = residual / residual.sum() if residual.any() else target
        return [*kept, _draw(weights, uniforms[-1])]
    return [*kept, _draw(target_probs[-1], uniforms[-1])]
