# drill: speculative_verify
# /// wrong
# fails = "numerics"
# message = "The replacement reuses the uniform that rejected the token, which is no longer uniform on [0, 1)."
# ///
"""Shows on a rejection where uniforms[i] and uniforms[K] point to different tokens of the residual."""
import torch
from torch import Tensor


def _draw(weights: Tensor, uniform: Tensor) -> int:
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
        return [*kept, _draw(residual if residual.any() else target, uniforms[i])]
    return [*kept, _draw(target_probs[-1], uniforms[-1])]
