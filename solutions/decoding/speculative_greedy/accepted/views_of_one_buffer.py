# drill: speculative_greedy
"""The callbacks get views of one buffer, which is written to afterwards."""

from collections.abc import Callable

import torch
from torch import Tensor


def speculative_greedy(
    target_logits: Callable[[Tensor], Tensor],
    draft_logits: Callable[[Tensor], Tensor],
    prompt: Tensor,
    max_new_tokens: int,
    gamma: int,
) -> tuple[Tensor, dict[str, int]]:
    if gamma < 0 or max_new_tokens < 0:
        raise ValueError("gamma and max_new_tokens must not be negative")
    n, end = len(prompt), len(prompt) + max_new_tokens
    counts = {"target_calls": 0, "draft_calls": 0, "proposed": 0, "accepted": 0}
    buffer = torch.empty(end, dtype=prompt.dtype, device=prompt.device)
    buffer[:n] = prompt
    while n < end:
        drafts = min(gamma, end - n - 1)
        for i in range(n, n + drafts):
            buffer[i] = draft_logits(buffer[:i])[-1].argmax()
        true = target_logits(buffer[: n + drafts])[n - 1 :].argmax(-1)
        kept = int((true[:drafts] == buffer[n : n + drafts]).long().cumprod(0).sum())
        buffer[n : n + kept + 1] = true[: kept + 1]
        n += kept + 1
        for name, more in zip(counts, (1, drafts, drafts, kept), strict=True):
            counts[name] += more
    return buffer, counts
