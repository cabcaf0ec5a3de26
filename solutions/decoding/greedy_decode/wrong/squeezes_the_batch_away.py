# drill: greedy_decode
# /// wrong
# fails = "shape"
# message = "squeeze() without a dimension also removes the batch dimension when the batch holds one row."
# ///
"""Shows for B = 1 with max_new_tokens >= 1: the concatenation raises an error."""
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
        new = next_logits(tokens).argmax(dim=-1, keepdim=True).squeeze()
        new = new.masked_fill(finished.squeeze(), pad_id)
        tokens = torch.cat([tokens, new.unsqueeze(-1)], dim=1)
        if eos_id is not None:
            finished = finished | (new == eos_id)
            if finished.all():
                break
    return tokens
