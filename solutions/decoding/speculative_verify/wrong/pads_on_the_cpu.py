# drill: speculative_verify
# /// wrong
# fails = "gpu"
# message = "The row of zeros that pads the draft is made without a device, so it lies on the CPU, the draft elsewhere."
# ///
"""Shows when the probabilities lie on any device but the CPU."""
import torch
from torch import Tensor


def _draw(weights: Tensor, uniform: Tensor) -> int:
    possible = weights > 0
    hits = possible & (weights.cumsum(dim=0) / weights.sum() > uniform)
    return int(hits.int().argmax()) if hits.any() else int(possible.nonzero()[-1])


def speculative_verify(draft_tokens: Tensor, draft_probs: Tensor, target_probs: Tensor, uniforms: Tensor) -> list[int]:
    padding = torch.zeros(1, target_probs.shape[1], dtype=target_probs.dtype)
    draft_probs = torch.cat([draft_probs, padding])
    kept = []
    for i, token in enumerate(draft_tokens.tolist()):
        target, draft = target_probs[i], draft_probs[i]
        if uniforms[i] < target[token] / draft[token]:
            kept.append(token)
            continue
        residual = (target - draft).clamp(min=0)
        return [*kept, _draw(residual if residual.any() else target, uniforms[-1])]
    return [*kept, _draw(target_probs[-1], uniforms[-1])]
