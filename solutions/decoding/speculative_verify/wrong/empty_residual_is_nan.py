# drill: speculative_verify
# /// wrong
# fails = "numerics"
# message = "Where the residual is zero everywhere, it is divided by its sum 0, and nothing can be drawn from NaN."
# ///
"""Shows when draft and target rows are equal and the drafted token has probability 0 in both: an error is raised."""
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
        return [*kept, _draw(residual / residual.sum(), uniforms[-1])]
    return [*kept, _draw(target_probs[-1], uniforms[-1])]
