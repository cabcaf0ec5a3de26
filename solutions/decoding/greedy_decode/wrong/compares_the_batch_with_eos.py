# drill: greedy_decode
# /// wrong
# fails = "shape"
# message = "The end is tested on the whole batch's tokens at once, which works for a single row only."
# source = "https://github.com/Lightning-AI/lit-llama/pull/153"
# ///
"""Shows for two or more rows with an eos_id: the truth value of several tokens raises an error."""
from collections.abc import Callable

import torch
from torch import Tensor


def greedy_decode(next_logits: Callable[[Tensor], Tensor], prompt: Tensor, max_new_tokens: int,
                  eos_id: int | None = None, pad_id: int = 0) -> Tensor:
    if max_new_tokens < 0:
        raise ValueError("max_new_tokens must not be negative")
    tokens = prompt.clone()
    for _ in range(max_new_tokens):
        new = next_logits(tokens).argmax(dim=-1)
        tokens = torch.cat([tokens, new[:, None]], dim=1)
        if eos_id is not None and new == eos_id:
            break
    return tokens
