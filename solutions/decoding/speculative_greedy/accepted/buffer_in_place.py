# drill: speculative_greedy
"""One buffer of the final length: drafts are written ahead of the committed end and overwritten where the target
disagrees."""
from collections.abc import Callable

import torch
from torch import Tensor


def speculative_greedy(target_logits: Callable[[Tensor], Tensor], draft_logits: Callable[[Tensor], Tensor],
                       prompt: Tensor, max_new_tokens: int, gamma: int) -> tuple[Tensor, dict[str, int]]:
    if min(gamma, max_new_tokens) < 0:
        raise ValueError("gamma and max_new_tokens must not be negative")
    size = prompt.shape[0]
    buffer = torch.zeros(size + max_new_tokens, dtype=torch.int64, device=prompt.device)
    buffer[:size] = prompt
    counts = dict.fromkeys(("target_calls", "draft_calls", "proposed", "accepted"), 0)
    while size < buffer.shape[0]:
        ahead = min(size + gamma, buffer.shape[0] - 1)
        for position in range(size, ahead):
            buffer[position] = draft_logits(buffer[:position].clone())[position - 1].argmax()
            counts["draft_calls"] += 1
        best = target_logits(buffer[:ahead].clone()).max(dim=1).indices
        counts["target_calls"] += 1
        counts["proposed"] += ahead - size
        wrong = (buffer[size:ahead] != best[size - 1:ahead - 1]).nonzero().flatten()
        stop = size + int(wrong[0]) if len(wrong) else ahead
        counts["accepted"] += stop - size
        buffer[stop] = best[stop - 1]
        size = stop + 1
    return buffer, counts
