# drill: greedy_decode
# /// wrong
# fails = "numerics"
# message = "After the first step only the new tokens are fed, as with a cache, but the callback keeps none."
# ///
"""Shows for max_new_tokens >= 2 and a callback that looks at more than the last token."""
from collections.abc import Callable

import torch
from torch import Tensor


def greedy_decode(next_logits: Callable[[Tensor], Tensor], prompt: Tensor, max_new_tokens: int,
                  eos_id: int | None = None, pad_id: int = 0) -> Tensor:
    if max_new_tokens < 0:
        raise ValueError("max_new_tokens must not be negative")
    tokens = prompt.clone()
    fed = tokens
    finished = torch.zeros(len(prompt), dtype=torch.bool, device=prompt.device)
    for _ in range(max_new_tokens):
        new = next_logits(fed).argmax(dim=-1)
        new = new.masked_fill(finished, pad_id)
        fed = new[:, None]
        tokens = torch.cat([tokens, fed], dim=1)
        if eos_id is not None:
            finished = finished | (new == eos_id)
            if finished.all():
                break
    return tokens
