# drill: beam_search
"""Beam search: the best hypotheses by summed, then length-normalised log-probability."""
from collections.abc import Callable

import torch
from torch import Tensor

LEDGER = {
    "candidates": "",
    "first": "",
    "fed": "",
    "log_probs": "",
}


def beam_search(next_log_probs: Callable[[Tensor], Tensor], prompt: Tensor, beam_width: int, max_new_tokens: int,
                eos_id: int, length_penalty: float = 0.0) -> list[tuple[list[int], float]]:
    """prompt int64 [S]; next_log_probs maps tokens [n, t] to [n, V] -> at most beam_width (new tokens, score) pairs."""
    raise NotImplementedError("write me")
