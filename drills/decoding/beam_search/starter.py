# drill: beam_search
"""Beam search: the best hypotheses by summed, then length-normalised log-probability."""
from collections.abc import Callable

import torch
from torch import Tensor

# S prompt length; W beam width, all beams live; n new tokens so far; V vocabulary.
LEDGER = {
    "candidates": "",  # shape of the summed log-probabilities of all extensions in one step
    "first": "",  # number of different extensions to choose from in the very first step
    "fed": "",  # bytes of the int64 tokens handed to the callback after n new tokens
    "log_probs": "",  # bytes of the float32 log-probabilities that one call returns
}


def beam_search(next_log_probs: Callable[[Tensor], Tensor], prompt: Tensor, beam_width: int, max_new_tokens: int,
                eos_id: int, length_penalty: float = 0.0) -> list[tuple[list[int], float]]:
    """prompt int64 [S]; next_log_probs maps tokens [n, t] to [n, V] -> at most beam_width (new tokens, score) pairs."""
    raise NotImplementedError("write me")
