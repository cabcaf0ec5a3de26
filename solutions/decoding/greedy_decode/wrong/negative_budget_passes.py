# drill: greedy_decode
# /// wrong
# fails = "contract"
# message = "range() of a negative number is empty, so a negative max_new_tokens passes without the ValueError."
# ///
"""Shows for max_new_tokens < 0."""
from collections.abc import Callable

import torch
from torch import Tensor


def greedy_decode(next_logits: Callable[[Tensor], Tensor], prompt: Tensor, max_new_tokens: int,
                  eos_id: int | None = None, pad_id: int = 0) -> Tensor:
    tokens = prompt.clone()
    finished = torch.zeros(len(prompt), dtype=torch.bool, device=prompt.device)
    for _ in range(max_new_tokens):
        new = next_logits(tokens).argmax(dim=-1)
        new = new.masked_fill(finished, pad_id)
        tokens = torch.cat([tokens, new[:, None]], dim=1)
        if eos_id is not None:
            finished = finished | (new == eos_id)
            if finished.all():
                break
    return tokens
