# drill: greedy_decode
"""Keeps each row as a Python list; only the callback sees a tensor."""
from collections.abc import Callable

import torch
from torch import Tensor


def greedy_decode(next_logits: Callable[[Tensor], Tensor], prompt: Tensor, max_new_tokens: int,
                  eos_id: int | None = None, pad_id: int = 0) -> Tensor:
    if max_new_tokens < 0:
        raise ValueError("max_new_tokens < 0")
    rows = prompt.tolist()
    done = [False] * len(rows)
    for _ in range(max_new_tokens):
        if all(done):
            break
        logits = next_logits(torch.tensor(rows, dtype=torch.int64, device=prompt.device)).tolist()
        for i, row in enumerate(rows):
            if done[i]:
                row.append(pad_id)
                continue
            row.append(logits[i].index(max(logits[i])))
            done[i] = eos_id is not None and row[-1] == eos_id
    return torch.tensor(rows, dtype=torch.int64, device=prompt.device)
