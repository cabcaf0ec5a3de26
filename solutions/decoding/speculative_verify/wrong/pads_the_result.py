# drill: speculative_verify
# /// wrong
# fails = "shape"
# message = "The list is padded with -1 to K + 1 entries, though nothing after a rejection is kept."
# ///
"""Shows on every rejection before the last drafted token."""
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
        drawn = _draw(residual if residual.any() else target, uniforms[-1])
        return [*kept, drawn] + [-1] * (len(draft_tokens) - len(kept))
    return [*kept, _draw(target_probs[-1], uniforms[-1])]
