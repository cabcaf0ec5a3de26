# drill: greedy_decode
"""The callback gets views of one buffer, which is written to afterwards."""

from collections.abc import Callable

import torch
from torch import Tensor


def greedy_decode(
    next_logits: Callable[[Tensor], Tensor], prompt: Tensor, max_new_tokens: int, eos_id: int | None = None, pad_id: int = 0
) -> Tensor:
    if max_new_tokens < 0:
        raise ValueError("max_new_tokens must not be negative")
    rows, start = prompt.shape
    buffer = torch.empty(rows, start + max_new_tokens, dtype=prompt.dtype, device=prompt.device)
    buffer[:, :start] = prompt
    alive = torch.ones(rows, dtype=torch.bool, device=prompt.device)
    for t in range(start, start + max_new_tokens):
        token = next_logits(buffer[:, :t]).argmax(-1).masked_fill_(~alive, pad_id)
        buffer[:, t] = token
        if eos_id is not None:
            alive &= token != eos_id
            if not alive.any():
                return buffer[:, : t + 1]
    return buffer
