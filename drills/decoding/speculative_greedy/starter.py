# drill: speculative_greedy
"""Greedy speculative decoding: draft ahead, verify in one target call per round."""
from collections.abc import Callable

import torch
from torch import Tensor

LEDGER = {
    "result": "",
    "verified": "",
    "best": "",
    "worst": "",
}


def speculative_greedy(target_logits: Callable[[Tensor], Tensor], draft_logits: Callable[[Tensor], Tensor],
                       prompt: Tensor, max_new_tokens: int, gamma: int) -> tuple[Tensor, dict[str, int]]:
    """prompt int64 [S], callbacks [t] -> [t, V]; returns int64 [S + max_new_tokens] and the four counts."""
    raise NotImplementedError("write me")
