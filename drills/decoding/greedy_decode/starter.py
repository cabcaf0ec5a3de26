# drill: greedy_decode
"""Greedy decoding of a batch, with padding after eos."""
from collections.abc import Callable

import torch
from torch import Tensor

LEDGER = {
    "result": "",
    "tokens": "",
    "logits": "",
    "fed": "",
}


def greedy_decode(next_logits: Callable[[Tensor], Tensor], prompt: Tensor, max_new_tokens: int,
                  eos_id: int | None = None, pad_id: int = 0) -> Tensor:
    """prompt int64 [B, S]; next_logits maps tokens [B, t] to logits [B, V] -> int64 [B, S + n], n <= max_new_tokens."""
    raise NotImplementedError("write me")
