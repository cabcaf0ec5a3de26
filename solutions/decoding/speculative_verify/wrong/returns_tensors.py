# drill: speculative_verify
# /// wrong
# fails = "shape"
# message = "The list holds 0-d tensors instead of Python ints."
# ///
"""Shows always."""
import torch
from torch import Tensor


def _draw(weights: Tensor, uniform: Tensor) -> Tensor:
    possible = weights > 0
    hits = possible & (weights.cumsum(dim=0) / weights.sum() > uniform)
    return hits.int().argmax() if hits.any() else possible.nonzero()[-1, 0]


def speculative_verify(draft_tokens: Tensor, draft_probs: Tensor, target_probs: Tensor, uniforms: Tensor) -> list[int]:
    kept = []
    for i, token in enumerate(draft_tokens):
        target, draft = target_probs[i], draft_probs[i]
        if uniforms[i] < target[token] / draft[token]:
            kept.append(token)
            continue
        residual = (target - draft).clamp(min=0)
        return [*kept, _draw(residual if residual.any() else target, uniforms[-1])]
    return [*kept, _draw(target_probs[-1], uniforms[-1])]
