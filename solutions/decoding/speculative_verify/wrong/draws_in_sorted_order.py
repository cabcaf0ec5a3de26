# drill: speculative_verify
# /// wrong
# fails = "numerics"
# message = "The cumulative sum runs over the sorted probabilities, so the uniform number picks another index."
# ///
"""Shows wherever the drawn weights are not in falling order."""
from torch import Tensor


def _draw(weights: Tensor, uniform: Tensor) -> int:
    ranked, order = weights.sort(descending=True, stable=True)
    possible = ranked > 0
    hits = possible & (ranked.cumsum(dim=0) / ranked.sum() > uniform)
    return int(order[hits.int().argmax() if hits.any() else possible.sum() - 1])


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
