# drill: speculative_verify
"""Recursive: judge the first token, and either replace it or hand the rest on; an empty draft ends the recursion."""
import torch
from torch import Tensor


def _sample(weights: Tensor, uniform: Tensor) -> int:
    support = torch.nonzero(weights).flatten()
    below = weights[support].cumsum(0) <= uniform * weights.sum()
    return int(support[min(int(below.sum()), len(support) - 1)])


def speculative_verify(draft_tokens: Tensor, draft_probs: Tensor, target_probs: Tensor, uniforms: Tensor) -> list[int]:
    target = target_probs[0]
    if draft_tokens.numel() == 0:
        return [_sample(target, uniforms[-1])]
    first, draft = int(draft_tokens[0]), draft_probs[0]
    accepted = target[first] > 0 if draft[first] == 0 else uniforms[0] < target[first] / draft[first]
    if accepted:
        return [first, *speculative_verify(draft_tokens[1:], draft_probs[1:], target_probs[1:], uniforms[1:])]
    excess = torch.where(target > draft, target - draft, torch.zeros_like(target))
    return [_sample(excess if bool((excess > 0).any()) else target, uniforms[-1])]
