# drill: greedy_decode
"""Decodes all rows without looking at their ends, and pads what lies behind each first eos afterwards."""
from collections.abc import Callable

import torch
from torch import Tensor


def greedy_decode(next_logits: Callable[[Tensor], Tensor], prompt: Tensor, max_new_tokens: int,
                  eos_id: int | None = None, pad_id: int = 0) -> Tensor:
    if max_new_tokens < 0:
        raise ValueError("max_new_tokens must not be negative")
    start = prompt.shape[1]
    tokens = prompt.clone()
    while tokens.shape[1] < start + max_new_tokens:
        tokens = torch.cat([tokens, next_logits(tokens).argmax(dim=-1, keepdim=True)], dim=1)
        if eos_id is not None and (tokens[:, start:] == eos_id).any(dim=1).all():
            break
    is_eos = tokens[:, start:] == (-1 if eos_id is None else eos_id)
    behind = is_eos.cumsum(dim=1) - is_eos.long() > 0
    return torch.cat([tokens[:, :start], tokens[:, start:].masked_fill(behind, pad_id)], dim=1)
