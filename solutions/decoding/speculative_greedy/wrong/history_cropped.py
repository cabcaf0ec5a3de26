# drill: speculative_greedy
# /// wrong
# fails = "numerics"
# message = "The draft is fed the last 128 tokens alone, a context window that nobody asked for; it wants all of them."
# ///
"""Shows with more than 128 tokens, prompt included."""
from collections.abc import Callable

import torch
from torch import Tensor


def speculative_greedy(target_logits: Callable[[Tensor], Tensor], draft_logits: Callable[[Tensor], Tensor],
                       prompt: Tensor, max_new_tokens: int, gamma: int) -> tuple[Tensor, dict[str, int]]:
    if gamma < 0 or max_new_tokens < 0:
        raise ValueError("gamma and max_new_tokens must not be negative")
    counts = {"target_calls": 0, "draft_calls": 0, "proposed": 0, "accepted": 0}
    tokens = prompt.clone()
    end = len(prompt) + max_new_tokens
    while len(tokens) < end:
        start = len(tokens)
        drafts = min(gamma, end - start - 1)
        guess = tokens
        for _ in range(drafts):
            new = draft_logits(guess[-128:])[-1].argmax(dim=-1)
            guess = torch.cat([guess, new[None]])
        choice = target_logits(guess)[start - 1:].argmax(dim=-1)
        kept = int((guess[start:] == choice[:drafts]).long().cumprod(dim=0).sum())
        tokens = torch.cat([guess[:start + kept], choice[kept:kept + 1]])
        counts["target_calls"] += 1
        counts["draft_calls"] += drafts
        counts["proposed"] += drafts
        counts["accepted"] += kept
    return tokens, counts
