# drill: speculative_verify
# /// wrong
# fails = "shape"
# message = "argmax of the empty tests raises an error, so a round without drafted tokens fails."
# ///
"""Shows for K = 0."""
import torch
from torch import Tensor


def _draw(weights: Tensor, uniform: Tensor) -> int:
    possible = weights > 0
    hits = possible & (weights.cumsum(dim=0) / weights.sum() > uniform)
    return int(hits.int().argmax()) if hits.any() else int(possible.nonzero()[-1])


def speculative_verify(draft_tokens: Tensor, draft_probs: Tensor, target_probs: Tensor, uniforms: Tensor) -> list[int]:
    count = len(draft_tokens)
    index = draft_tokens[:, None]
    ratio = target_probs[:count].gather(1, index)[:, 0] / draft_probs.gather(1, index)[:, 0]
    rejected = ~(uniforms[:count] < ratio)
    kept = int(rejected.int().argmax())
    if not rejected[kept]:
        return [*draft_tokens.tolist(), _draw(target_probs[-1], uniforms[-1])]
    residual = (target_probs[kept] - draft_probs[kept]).clamp(min=0)
    return [*draft_tokens[:kept].tolist(), _draw(residual if residual.any() else target_probs[kept], uniforms[-1])]
