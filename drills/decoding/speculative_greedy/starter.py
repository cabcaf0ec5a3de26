# drill: speculative_greedy
"""Greedy speculative decoding: draft ahead, verify in one target call per round."""
from collections.abc import Callable

import torch
from torch import Tensor

# S prompt length; n new tokens; g gamma, tokens drafted per round; t tokens before a round; V vocabulary.
LEDGER = {
    "result": "",  # shape of the returned tokens
    "verified": "",  # shape of the logits of the target call of a round that drafted g tokens after t
    "best": "",  # target calls for n new tokens if every drafted token is accepted
    "worst": "",  # target calls for n new tokens if no drafted token is ever accepted
}


def speculative_greedy(target_logits: Callable[[Tensor], Tensor], draft_logits: Callable[[Tensor], Tensor],
                       prompt: Tensor, max_new_tokens: int, gamma: int) -> tuple[Tensor, dict[str, int]]:
    """prompt int64 [S], callbacks [t] -> [t, V]; returns int64 [S + max_new_tokens] and the four counts."""
    raise NotImplementedError("write me")
