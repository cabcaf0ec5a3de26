# drill: speculative_verify
# /// wrong
# fails = "numerics"
# message = "Rejected tokens are skipped and later ones still judged, though those were drafted on the rejected one."
# ///
"""Shows when a token is accepted after a rejected one."""
import torch
from torch import Tensor


def _draw(weights: Tensor, uniform: Tensor) -> int:
    possible = weights > 0
    hits = possible & (weights.cumsum(dim=0) / weights.sum() > uniform)
    return int(hits.int().argmax()) if hits.any() else int(possible.nonzero()[-1])


def speculative_verify(draft_tokens: Tensor, draft_probs: Tensor, target_probs: Tensor, uniforms: Tensor) -> list[int]:
    kept, weights = [], None
    for i, token in enumerate(draft_tokens.tolist()):
        target, draft = target_probs[i], draft_probs[i]
        if uniforms[i] < target[token] / draft[token]:
            kept.append(token)
            continue
        residual = (target - draft).clamp(min=0)
        if weights is None:
            weights = residual if residual.any() else target
    return [*kept, _draw(target_probs[-1] if weights is None else weights, uniforms[-1])]
