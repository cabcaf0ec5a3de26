# drill: speculative_greedy
# /// wrong
# fails = "numerics"
# message = "A token is accepted when the target finds it as probable as the draft does, not as the target's argmax."
# source = "https://github.com/jaymody/speculative-sampling/issues/9"
# ///
"""Shows when the draft's argmax is not the target's but has a higher probability there."""
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
        guess, likely = tokens, []
        for _ in range(drafts):
            row = draft_logits(guess)[-1].softmax(dim=-1, dtype=torch.float64)
            counts["draft_calls"] += 1
            guess = torch.cat([guess, row.argmax(dim=-1)[None]])
            likely.append(row.max())
        logits = target_logits(guess)[start - 1:]
        choice = logits.argmax(dim=-1)
        counts["target_calls"] += 1
        p = logits.softmax(dim=-1, dtype=torch.float64)
        kept = 0
        while kept < drafts and (guess[start + kept] == choice[kept] or p[kept, guess[start + kept]] >= likely[kept]):
            kept += 1
        tokens = torch.cat([guess[:start + kept], choice[kept:kept + 1]])
        counts["proposed"] += drafts
        counts["accepted"] += kept
    return tokens, counts
