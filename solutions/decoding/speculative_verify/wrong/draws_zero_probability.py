# drill: speculative_verify
# /// wrong
# fails = "numerics"
# message = "The draw takes the first cumulative sum >= u, so u = 0 gives index 0 even at probability 0."
# ///
"""Shows for uniforms[K] = 0 with a first weight of 0, and where a cumulative sum equals uniforms[K] exactly."""
import torch
from torch import Tensor


def _draw(weights: Tensor, uniform: Tensor) -> int:
    reached = weights.cumsum(dim=0) / weights.sum() >= uniform
    return int(reached.int().argmax()) if reached.any() else int((weights > 0).nonzero()[-1])


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
