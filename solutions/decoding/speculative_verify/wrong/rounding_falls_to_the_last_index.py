# drill: speculative_verify
# /// wrong
# fails = "numerics"
# message = "Where rounding leaves no index, V - 1 is taken, which may have probability 0."
# source = "https://github.com/microsoft/onnxruntime-genai/pull/1363"
# ///
"""Shows when the cumulative sum of a row ends at or below uniforms[K] and its last entry is 0."""
import torch
from torch import Tensor


def _draw(weights: Tensor, uniform: Tensor) -> int:
    index = torch.searchsorted(weights.cumsum(dim=0), uniform, right=True)
    return min(int(index), len(weights) - 1)


def speculative_verify(draft_tokens: Tensor, draft_probs: Tensor, target_probs: Tensor, uniforms: Tensor) -> list[int]:
    kept = []
    for i, token in enumerate(draft_tokens.tolist()):
        target, draft = target_probs[i], draft_probs[i]
        if uniforms[i] < target[token] / draft[token]:
            kept.append(token)
            continue
        residual = (target - draft).clamp(min=0)
        weights = residual / residual.sum() if residual.any() else target
        return [*kept, _draw(weights, uniforms[-1])]
    return [*kept, _draw(target_probs[-1], uniforms[-1])]
