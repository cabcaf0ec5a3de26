# drill: greedy_decode
# /// wrong
# fails = "efficiency"
# message = "The logits for the next step are computed before the loop knows whether there is one: one call too many."
# ///
"""Shows in the number of calls, always: n + 1 calls for n new tokens. The tokens are right."""
from collections.abc import Callable

import torch
from torch import Tensor


def greedy_decode(next_logits: Callable[[Tensor], Tensor], prompt: Tensor, max_new_tokens: int,
                  eos_id: int | None = None, pad_id: int = 0) -> Tensor:
    if max_new_tokens < 0:
        raise ValueError("max_new_tokens must not be negative")
    tokens = prompt.clone()
    finished = torch.zeros(len(prompt), dtype=torch.bool, device=prompt.device)
    logits = next_logits(tokens)
    for _ in range(max_new_tokens):
        new = logits.argmax(dim=-1)
        new = new.masked_fill(finished, pad_id)
        tokens = torch.cat([tokens, new[:, None]], dim=1)
        logits = next_logits(tokens)
        if eos_id is not None:
            finished = finished | (new == eos_id)
            if finished.all():
                break
    return tokens
