# drill: speculative_greedy
"""Greedy speculative decoding.

The target's argmax at every position of a drafted sequence comes from one call. As far as those agree with the drafted
tokens they are what plain decoding would have produced, and the first row after that yields one more token for free.
"""
from collections.abc import Callable

import torch
from torch import Tensor

LEDGER = {
    "result": "[S + n]",
    "verified": "[t + g, V]",
    "best": "ceil(n/(g + 1))",
    "worst": "n",
}


def speculative_greedy(target_logits: Callable[[Tensor], Tensor], draft_logits: Callable[[Tensor], Tensor],
                       prompt: Tensor, max_new_tokens: int, gamma: int) -> tuple[Tensor, dict[str, int]]:
    if gamma < 0 or max_new_tokens < 0:
        raise ValueError(f"gamma and max_new_tokens must not be negative, got {gamma} and {max_new_tokens}")
    counts = {"target_calls": 0, "draft_calls": 0, "proposed": 0, "accepted": 0}
    tokens = prompt.clone()  # [t]
    end = len(prompt) + max_new_tokens
    while len(tokens) < end:
        start = len(tokens)
        drafts = min(gamma, end - start - 1)  # the last token of the round is the target's

        guess = tokens  # [t] to [t + drafts]
        for _ in range(drafts):
            new = draft_logits(guess)[-1].argmax(dim=-1)  # []
            guess = torch.cat([guess, new[None]])

        choice = target_logits(guess)[start - 1:].argmax(dim=-1)  # [drafts + 1], row start - 1 judges token start
        agrees = guess[start:] == choice[:drafts]  # [drafts]
        kept = int(agrees.long().cumprod(dim=0).sum())  # length of the agreeing prefix
        tokens = torch.cat([guess[:start + kept], choice[kept:kept + 1]])  # [t + kept + 1]

        counts["target_calls"] += 1
        counts["draft_calls"] += drafts
        counts["proposed"] += drafts
        counts["accepted"] += kept
    return tokens, counts
