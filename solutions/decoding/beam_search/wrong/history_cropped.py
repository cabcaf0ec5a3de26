# drill: beam_search
# /// wrong
# fails = "numerics"
# message = "The callback gets the last 128 tokens alone, a context window that nobody asked for; it wants all of them."
# ///
"""Shows with more than 128 tokens, prompt included."""
from collections.abc import Callable

import torch
from torch import Tensor


def beam_search(next_log_probs: Callable[[Tensor], Tensor], prompt: Tensor, beam_width: int, max_new_tokens: int,
                eos_id: int, length_penalty: float = 0.0) -> list[tuple[list[int], float]]:
    if beam_width < 1 or max_new_tokens < 1:
        raise ValueError(f"beam_width and max_new_tokens must be at least 1, got {beam_width} and {max_new_tokens}")
    live: list[tuple[list[int], float]] = [([], 0.0)]  # (new tokens, sum), all of the same length
    finished: list[tuple[list[int], float]] = []
    for _ in range(max_new_tokens):
        added = torch.tensor([new for new, _ in live], dtype=torch.int64, device=prompt.device)  # [W, n]
        tokens = torch.cat([prompt.expand(len(live), -1), added], dim=1)  # [W, S + n]
        log_probs = next_log_probs(tokens[:, -128:]).detach().cpu().double()  # [W, V], sums are kept on the host
        sums = log_probs.new_tensor([total for _, total in live])  # [W]
        candidates = (sums[:, None] + log_probs).flatten()  # [W * V]
        best, places = candidates.topk(min(beam_width, len(candidates)))

        survivors = []
        for total, place in zip(best.tolist(), places.tolist(), strict=True):
            if total == float("-inf"):
                break  # sorted, so only impossible ones follow
            parent, token = divmod(place, log_probs.shape[1])
            hypothesis = ([*live[parent][0], token], total)
            (finished if token == eos_id else survivors).append(hypothesis)
        live = survivors
        if not live:
            break

    ranked = [(new, total / len(new) ** length_penalty) for new, total in finished + live]
    ranked.sort(key=lambda pair: pair[1], reverse=True)
    return ranked[:beam_width]
