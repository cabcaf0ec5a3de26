# drill: speculative_verify
# /// wrong
# fails = "numerics"
# message = "The token after a full acceptance is drawn from target_probs[K - 1], the row that judged the last draft."
# source = "https://github.com/huggingface/transformers/pull/28166"
# ///
"""Shows when no token is rejected, K >= 1 and the last two rows of the target differ."""
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
        return [*kept, _draw(residual if residual.any() else target, uniforms[-1])]
    return [*kept, _draw(target_probs[max(len(kept) - 1, 0)], uniforms[-1])]
