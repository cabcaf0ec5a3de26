# drill: speculative_verify
# /// wrong
# fails = "numerics"
# message = "A token is accepted only as the target's argmax, the greedy rule, so the output does not follow p."
# source = "https://github.com/ml-explore/mlx-swift-lm/pull/459"
# ///
"""Shows wherever a drafted token other than the target's argmax passes the test, or the argmax fails it."""
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
        if token == int(target.argmax()):
            kept.append(token)
            continue
        residual = (target - draft).clamp(min=0)
        return [*kept, _draw(residual if residual.any() else target, uniforms[-1])]
    return [*kept, _draw(target_probs[-1], uniforms[-1])]
