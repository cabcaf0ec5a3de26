# drill: speculative_verify
# /// wrong
# fails = "numerics"
# message = "The replacement is the most probable token of the residual instead of a draw from it."
# ///
"""Shows on a rejection where the residual holds two or more tokens and the last uniform points to another than the
largest."""
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
        return [*kept, int((residual if residual.any() else target).argmax())]
    return [*kept, _draw(target_probs[-1], uniforms[-1])]
