# drill: speculative_verify
# /// wrong
# fails = "numerics"
# message = "Without drafted tokens the most probable token is taken instead of a draw with uniforms[0]."
# ///
"""Shows for K = 0 where uniforms[0] points to another token than the most probable."""
from torch import Tensor


def _draw(weights: Tensor, uniform: Tensor) -> int:
    possible = weights > 0
    hits = possible & (weights.cumsum(dim=0) / weights.sum() > uniform)
    return int(hits.int().argmax()) if hits.any() else int(possible.nonzero()[-1])


def speculative_verify(draft_tokens: Tensor, draft_probs: Tensor, target_probs: Tensor, uniforms: Tensor) -> list[int]:
    if len(draft_tokens) == 0:
        return [int(target_probs[0].argmax())]
    kept = []
    for i, token in enumerate(draft_tokens.tolist()):
        target, draft = target_probs[i], draft_probs[i]
        if uniforms[i] < target[token] / draft[token]:
            kept.append(token)
            continue
        residual = (target - draft).clamp(min=0)
        return [*kept, _draw(residual if residual.any() else target, uniforms[-1])]
    return [*kept, _draw(target_probs[-1], uniforms[-1])]
