# drill: speculative_greedy
# /// wrong
# fails = "numerics"
# message = "The target is called for one drafted token after the other, which saves nothing over plain decoding."
# ///
"""Shows for gamma >= 1 and two or more new tokens: more than one target call a round."""
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
            new = draft_logits(guess)[-1].argmax(dim=-1)
            counts["draft_calls"] += 1
            guess = torch.cat([guess, new[None]])
        kept, choice = 0, []
        for size in range(start, start + drafts + 1):
            choice.append(target_logits(guess[:size])[-1:].argmax(dim=-1))
            counts["target_calls"] += 1
            if size == start + drafts or guess[size] != choice[-1]:
                break
            kept += 1
        choice = torch.cat(choice)
        tokens = torch.cat([guess[:start + kept], choice[kept:kept + 1]])
        counts["proposed"] += drafts
        counts["accepted"] += kept
    return tokens, counts
