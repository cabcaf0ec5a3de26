# drill: greedy_decode
# /// wrong
# fails = "shape"
# message = "Trailing columns of pad_id are cut off, also those that live rows emitted."
# ///
"""Shows where every row ends in a pad_id of its own argmax, or eos_id equals pad_id."""
from collections.abc import Callable

import torch
from torch import Tensor


def greedy_decode(next_logits: Callable[[Tensor], Tensor], prompt: Tensor, max_new_tokens: int,
                  eos_id: int | None = None, pad_id: int = 0) -> Tensor:
    if max_new_tokens < 0:
        raise ValueError("max_new_tokens must not be negative")
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
    while tokens.shape[1] > prompt.shape[1] and bool((tokens[:, -1] == pad_id).all()):
        tokens = tokens[:, :-1]
    return tokens.clone()
