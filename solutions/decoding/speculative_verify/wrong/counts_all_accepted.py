# drill: speculative_verify
# /// wrong
# fails = "numerics"
# message = "The number kept is the sum of all accepted tests, not the length of the accepted prefix."
# source = "https://github.com/vllm-project/vllm/pull/2658"
# ///
"""Shows when a token passes its test after a rejected one: the rejected token is kept."""
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
    kept = int((uniforms[:count] < ratio).sum())
    weights = target_probs[kept]
    if kept < count:
        residual = (weights - draft_probs[kept]).clamp(min=0)
        weights = residual if residual.any() else weights
    return [*draft_tokens[:kept].tolist(), _draw(weights, uniforms[-1])]
