# drill: greedy_decode
# /// wrong
# fails = "contract"
# message = "Each row is decoded alone, though the callback is to be called with all rows."
# ///
"""Shows for two or more rows: the callback sees batches of one, and B times the calls."""
from collections.abc import Callable

import torch
from torch import Tensor


def greedy_decode(next_logits: Callable[[Tensor], Tensor], prompt: Tensor, max_new_tokens: int,
                  eos_id: int | None = None, pad_id: int = 0) -> Tensor:
    if max_new_tokens < 0:
        raise ValueError("max_new_tokens must not be negative")
    rows = []
    for row in prompt.split(1):
        for _ in range(max_new_tokens):
            row = torch.cat([row, next_logits(row).argmax(dim=-1, keepdim=True)], dim=1)
            if eos_id is not None and row[0, -1] == eos_id:
                break
        rows.append(row[0])
    length = max(len(row) for row in rows)
    return torch.stack([torch.nn.functional.pad(row, (0, length - len(row)), value=pad_id) for row in rows])
