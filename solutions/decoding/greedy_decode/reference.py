# drill: greedy_decode
"""Greedy decoding of a batch.

The only state beside the tokens is which rows have emitted eos. A finished row still goes through the model, for the
batch stays rectangular, but its token is replaced by padding, and the loop ends once every row is finished.
"""
from collections.abc import Callable

import torch
from torch import Tensor

LEDGER = {
    "result": "[B, S + n]",
    "tokens": "8*B*(S + n)",
    "logits": "4*B*V",
    "fed": "B*(n*S + n*(n - 1)//2)",
}


def greedy_decode(next_logits: Callable[[Tensor], Tensor], prompt: Tensor, max_new_tokens: int,
                  eos_id: int | None = None, pad_id: int = 0) -> Tensor:
    if max_new_tokens < 0:
        raise ValueError(f"max_new_tokens must not be negative, got {max_new_tokens}")
    tokens = prompt.clone()  # [B, S]
    finished = torch.zeros(len(prompt), dtype=torch.bool, device=prompt.device)  # [B]
    for _ in range(max_new_tokens):
        new = next_logits(tokens).argmax(dim=-1)  # [B], argmax takes the first of equals
        new = new.masked_fill(finished, pad_id)  # only rows that were finished before this step
        tokens = torch.cat([tokens, new[:, None]], dim=1)  # [B, t + 1]
        if eos_id is not None:
            finished = finished | (new == eos_id)
            if finished.all():
                break
    return tokens
