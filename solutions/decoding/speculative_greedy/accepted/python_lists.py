# drill: speculative_greedy
"""Keeps the sequence as a list of ints and walks along the target's choices until one differs."""
from collections.abc import Callable

import torch
from torch import Tensor


def speculative_greedy(target_logits: Callable[[Tensor], Tensor], draft_logits: Callable[[Tensor], Tensor],
                       prompt: Tensor, max_new_tokens: int, gamma: int) -> tuple[Tensor, dict[str, int]]:
    if gamma < 0:
        raise ValueError("gamma < 0")
    if max_new_tokens < 0:
        raise ValueError("max_new_tokens < 0")
    tokens = prompt.tolist()
    target_calls = draft_calls = accepted = 0

    def as_tensor(items: list[int]) -> Tensor:
        return torch.tensor(items, dtype=torch.int64, device=prompt.device)

    missing = max_new_tokens
    while missing > 0:
        drafted: list[int] = []
        while len(drafted) < gamma and len(drafted) < missing - 1:
            row = draft_logits(as_tensor(tokens + drafted))[-1].tolist()
            draft_calls += 1
            drafted.append(row.index(max(row)))
        choices = target_logits(as_tensor(tokens + drafted)).argmax(-1).tolist()[len(tokens) - 1:]
        target_calls += 1
        new = []
        for i, choice in enumerate(choices):
            new.append(choice)  # the target's choice is right whether or not the draft agrees
            if i == len(drafted) or drafted[i] != choice:
                break
            accepted += 1
        tokens += new
        missing -= len(new)
    counts = {"target_calls": target_calls, "draft_calls": draft_calls, "proposed": draft_calls, "accepted": accepted}
    return as_tensor(tokens), counts
