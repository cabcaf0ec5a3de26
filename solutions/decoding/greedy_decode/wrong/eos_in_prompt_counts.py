# drill: greedy_decode
# /// wrong
# fails = "numerics"
# message = "eos is looked for in the whole row, so one in the prompt ends the row before it begins."
# source = "https://github.com/facebookresearch/fairseq/issues/3780"
# ///
"""Shows when the prompt holds eos_id."""
from collections.abc import Callable

import torch
from torch import Tensor


def greedy_decode(next_logits: Callable[[Tensor], Tensor], prompt: Tensor, max_new_tokens: int,
                  eos_id: int | None = None, pad_id: int = 0) -> Tensor:
    if max_new_tokens < 0:
        raise ValueError("max_new_tokens must not be negative")
    tokens = prompt.clone()
    finished = torch.zeros(len(prompt), dtype=torch.bool, device=prompt.device)
    if eos_id is not None:
        finished = (prompt == eos_id).any(dim=1)
    for _ in range(max_new_tokens):
        new = next_logits(tokens).argmax(dim=-1)
        new = new.masked_fill(finished, pad_id)
        tokens = torch.cat([tokens, new[:, None]], dim=1)
        if eos_id is not None:
            finished = finished | (new == eos_id)
            if finished.all():
                break
    return tokens
