# drill: greedy_decode
"""Greedy decoding of a batch, with padding after eos."""
from collections.abc import Callable

import torch
from torch import Tensor

# B batch; S prompt length; n new tokens; V vocabulary.
LEDGER = {
    "result": "",  # shape of the result after n steps
    "tokens": "",  # bytes of the int64 result after n steps
    "logits": "",  # bytes of the float32 logits that one call returns
    "fed": "",  # tokens fed to next_logits in all n calls together, as no cache is kept
}


def greedy_decode(next_logits: Callable[[Tensor], Tensor], prompt: Tensor, max_new_tokens: int,
                  eos_id: int | None = None, pad_id: int = 0) -> Tensor:
    """prompt int64 [B, S]; next_logits maps tokens [B, t] to logits [B, V] -> int64 [B, S + n], n <= max_new_tokens."""
    raise NotImplementedError("write me")
