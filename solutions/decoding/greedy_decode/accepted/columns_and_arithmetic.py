# drill: greedy_decode
"""Collects columns and mixes token and padding by arithmetic with a 0/1 mask instead of a conditional fill."""
from collections.abc import Callable

import torch
from torch import Tensor


def greedy_decode(next_logits: Callable[[Tensor], Tensor], prompt: Tensor, max_new_tokens: int,
                  eos_id: int | None = None, pad_id: int = 0) -> Tensor:
    if max_new_tokens < 0:
        raise ValueError("max_new_tokens < 0")
    columns = list(prompt.clone().unbind(dim=1))
    unfinished = torch.ones_like(prompt[:, 0])
    while len(columns) < prompt.shape[1] + max_new_tokens and unfinished.sum() > 0:
        logits = next_logits(torch.stack(columns, dim=1))
        largest = logits.amax(dim=-1, keepdim=True)
        positions = torch.arange(logits.shape[-1], device=logits.device)
        token = torch.where(logits == largest, positions, logits.shape[-1]).amin(dim=-1)  # the first of equals
        columns.append(token * unfinished + pad_id * (1 - unfinished))
        if eos_id is not None:
            unfinished = unfinished * (token != eos_id)
    return torch.stack(columns, dim=1)
