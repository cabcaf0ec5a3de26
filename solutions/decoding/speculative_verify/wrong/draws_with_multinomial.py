# drill: speculative_verify
# /// wrong
# fails = "contract"
# message = "The draw takes torch's global generator instead of uniforms[K], so the result is random."
# ///
"""Shows whenever the drawn distribution has two or more possible tokens: the global state moves."""
import torch
from torch import Tensor


def _draw(weights: Tensor, uniform: Tensor) -> int:
    return int(torch.multinomial(weights.detach(), 1))


def speculative_verify(draft_tokens: Tensor, draft_probs: Tensor, target_probs: Tensor, uniforms: Tensor) -> list[int]:
    kept = []
    for i, token in enumerate(draft_tokens.tolist()):
        target, draft = target_probs[i], draft_probs[i]
        if uniforms[i] < target[token] / draft[token]:
            kept.append(token)
            continue
        residual = (target - draft).clamp(min=0)
        return [*kept, _draw(residual if residual.any() else target, uniforms[-1])]
    return [*kept, _draw(target_probs[-1], uniforms[-1])]
