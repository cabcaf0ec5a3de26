# drill: beam_search
"""Lists and heapq.nlargest over all extensions; possible ones are filtered before the choice."""
import heapq
import math
from collections.abc import Callable

import torch
from torch import Tensor


def beam_search(next_log_probs: Callable[[Tensor], Tensor], prompt: Tensor, beam_width: int, max_new_tokens: int,
                eos_id: int, length_penalty: float = 0.0) -> list[tuple[list[int], float]]:
    if beam_width < 1:
        raise ValueError("beam_width < 1")
    if max_new_tokens < 1:
        raise ValueError("max_new_tokens < 1")
    start = prompt.tolist()
    live: list[tuple[float, list[int]]] = [(0.0, [])]
    done: list[tuple[float, list[int]]] = []
    steps = 0
    while live and steps < max_new_tokens:
        rows = torch.tensor([start + new for _, new in live], dtype=torch.int64, device=prompt.device)
        extensions = [
            (total + value, [*new, token])
            for (total, new), row in zip(live, next_log_probs(rows).tolist(), strict=True)
            for token, value in enumerate(row)
            if value != -math.inf
        ]
        chosen = heapq.nlargest(beam_width, extensions, key=lambda extension: extension[0])
        done += [(total, new) for total, new in chosen if new[-1] == eos_id]
        live = [(total, new) for total, new in chosen if new[-1] != eos_id]
        steps += 1
    scored = [(new, total / math.pow(len(new), length_penalty)) for total, new in done + live]
    return heapq.nlargest(beam_width, scored, key=lambda pair: pair[1])
