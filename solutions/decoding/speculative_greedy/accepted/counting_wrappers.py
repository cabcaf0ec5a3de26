# drill: speculative_greedy
"""Counts calls in wrappers around the callbacks; a round is a function from the sequence to its new tokens."""
from collections.abc import Callable

import torch
from torch import Tensor


class _Counted:
    """Greedy choices of a model, and how often it was asked."""

    def __init__(self, model: Callable[[Tensor], Tensor]) -> None:
        self.model, self.calls = model, 0

    def choices(self, tokens: Tensor) -> Tensor:
        self.calls += 1
        return torch.argmax(self.model(tokens), dim=1)


def _round(target: _Counted, draft: _Counted, tokens: Tensor, drafts: int) -> tuple[Tensor, int]:
    sequence = tokens
    for _ in range(drafts):
        sequence = torch.hstack([sequence, draft.choices(sequence)[-1:]])
    truth = target.choices(sequence)[tokens.numel() - 1:]
    guesses = sequence[tokens.numel():]
    kept = 0
    while kept < drafts and bool(guesses[kept] == truth[kept]):
        kept += 1
    return truth[:kept + 1], kept  # where they agree, the target's choices are the drafted tokens


def speculative_greedy(target_logits: Callable[[Tensor], Tensor], draft_logits: Callable[[Tensor], Tensor],
                       prompt: Tensor, max_new_tokens: int, gamma: int) -> tuple[Tensor, dict[str, int]]:
    if gamma < 0 or max_new_tokens < 0:
        raise ValueError("gamma and max_new_tokens must not be negative")
    target, draft = _Counted(target_logits), _Counted(draft_logits)
    tokens, accepted = prompt.clone(), 0
    while (missing := prompt.numel() + max_new_tokens - tokens.numel()) > 0:
        new, kept = _round(target, draft, tokens, min(gamma, missing - 1))
        tokens = torch.hstack([tokens, new])
        accepted += kept
    return tokens, {"target_calls": target.calls, "draft_calls": draft.calls, "proposed": draft.calls,
                    "accepted": accepted}
