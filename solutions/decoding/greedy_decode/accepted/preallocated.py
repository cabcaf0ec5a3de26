# drill: greedy_decode
"""Fills a preallocated buffer of padding column by column, and crops it to the steps that were taken."""
from collections.abc import Callable

import torch
from torch import Tensor


def greedy_decode(next_logits: Callable[[Tensor], Tensor], prompt: Tensor, max_new_tokens: int,
                  eos_id: int | None = None, pad_id: int = 0) -> Tensor:
    if max_new_tokens < 0:
        raise ValueError("max_new_tokens < 0")
    batch, length = prompt.shape
    buffer = torch.full((batch, length + max_new_tokens), pad_id, dtype=torch.int64, device=prompt.device)
    buffer[:, :length] = prompt
    live = torch.ones(batch, dtype=torch.bool, device=prompt.device)
    end = length
    while end < buffer.shape[1] and bool(live.any()):
        best = next_logits(buffer[:, :end].clone()).max(dim=-1).indices
        buffer[:, end] = torch.where(live, best, buffer[:, end])
        if eos_id is not None:
            live &= best != eos_id
        end += 1
    return buffer[:, :end].clone()
