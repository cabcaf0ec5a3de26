# drill: beam_search
"""Keeps the beam as tensors on the prompt's device: tokens [n, t] and sums [n], indexed by parent after each topk."""
from collections.abc import Callable

import torch
from torch import Tensor


@torch.no_grad()
def beam_search(next_log_probs: Callable[[Tensor], Tensor], prompt: Tensor, beam_width: int, max_new_tokens: int,
                eos_id: int, length_penalty: float = 0.0) -> list[tuple[list[int], float]]:
    if min(beam_width, max_new_tokens) < 1:
        raise ValueError("beam_width and max_new_tokens must be positive")
    beams = prompt.reshape(1, -1).clone()
    sums = None
    pool: list[tuple[Tensor, Tensor]] = []
    for _ in range(max_new_tokens):
        values = next_log_probs(beams)
        values = values.to(torch.promote_types(values.dtype, torch.float32))
        totals = values if sums is None else sums.unsqueeze(1) + values
        sums, flat = totals.reshape(-1).topk(min(beam_width, totals.numel()))
        possible = sums > float("-inf")
        sums, flat = sums[possible], flat[possible]
        parent = torch.div(flat, values.shape[1], rounding_mode="floor")
        beams = torch.cat([beams[parent], (flat % values.shape[1]).unsqueeze(1)], dim=1)
        ended = beams[:, -1] == eos_id
        pool += zip(beams[ended], sums[ended], strict=True)
        beams, sums = beams[~ended], sums[~ended]
        if beams.shape[0] == 0:
            break
    pool += zip(beams, sums, strict=True)
    results = []
    for sequence, total in pool:
        new = sequence[prompt.shape[0]:].tolist()
        results.append((new, total.item() * len(new) ** -length_penalty))
    return sorted(results, key=lambda result: -result[1])[:beam_width]
