# drill: beam_search
# /// wrong
# fails = "numerics"
# message = "This is the penalty ((5 + n) / 6) ** alpha of GNMT, where n ** length_penalty is asked for."
# source = "https://arxiv.org/abs/1609.08144"
# ///
"""Shows for length_penalty != 0 with hypotheses of two or more tokens."""
from collections.abc import Callable

import torch
from torch import Tensor


def beam_search(next_log_probs: Callable[[Tensor], Tensor], prompt: Tensor, beam_width: int, max_new_tokens: int,
                eos_id: int, length_penalty: float = 0.0) -> list[tuple[list[int], float]]:
    if beam_width < 1 or max_new_tokens < 1:
        raise ValueError("beam_width and max_new_tokens must be at least 1")
    live, finished = [([], 0.0)], []
    for _ in range(max_new_tokens):
        added = torch.tensor([new for new, _ in live], dtype=torch.int64, device=prompt.device)
        tokens = torch.cat([prompt.expand(len(live), -1), added], dim=1)
        log_probs = next_log_probs(tokens).detach().cpu().double()
        sums = log_probs.new_tensor([total for _, total in live])
        candidates = (sums[:, None] + log_probs).flatten()
        best, places = candidates.topk(min(beam_width, len(candidates)))
        survivors = []
        for total, place in zip(best.tolist(), places.tolist()):
            if total == float("-inf"):
                continue
            parent, token = divmod(place, log_probs.shape[1])
            hypothesis = ([*live[parent][0], token], total)
            (finished if token == eos_id else survivors).append(hypothesis)
        live = survivors
        if not live:
            break
    ranked = [(new, total / ((5 + len(new)) / 6) ** length_penalty) for new, total in finished + live]
    ranked.sort(key=lambda pair: pair[1], reverse=True)
    return ranked[:beam_width]
