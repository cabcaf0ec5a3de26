# drill: speculative_verify
"""Python floats throughout, and the test multiplied out, u * q < p, so that nothing is ever divided by 0."""
from itertools import accumulate

from torch import Tensor


def _pick(weights: list[float], uniform: float) -> int:
    total = sum(weights)
    candidates = [index for index, weight in enumerate(weights) if weight > 0]
    for index, reached in zip(candidates, accumulate(weights[i] for i in candidates), strict=True):
        if reached > uniform * total:
            return index
    return candidates[-1]


def speculative_verify(draft_tokens: Tensor, draft_probs: Tensor, target_probs: Tensor, uniforms: Tensor) -> list[int]:
    numbers = uniforms.tolist()
    output = []
    drafts, targets = draft_probs.tolist(), target_probs.tolist()
    for token, q, p, u in zip(draft_tokens.tolist(), drafts, targets, numbers, strict=False):
        if u * q[token] < p[token]:
            output.append(token)
        else:
            weights = [max(0.0, a - b) for a, b in zip(p, q, strict=True)]
            output.append(_pick(weights if any(weights) else p, numbers[-1]))
            return output
    output.append(_pick(targets[-1], numbers[-1]))
    return output
