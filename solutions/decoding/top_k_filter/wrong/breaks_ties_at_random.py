# drill: top_k_filter
# /// wrong
# fails = "contract"
# message = "The vocabulary is shuffled by the global generator so that no token is favoured, which moves its state."
# ///
"""Shows in the global random state after any call; the result itself is right."""
import torch
from torch import Tensor


def top_k_filter(logits: Tensor, k: int) -> Tensor:
    if k < 1:
        raise ValueError("k must be at least 1")
    shuffle = torch.randperm(logits.shape[-1]).to(logits.device)
    shuffled = logits[..., shuffle]
    threshold = torch.topk(shuffled.detach(), min(k, logits.shape[-1]), dim=-1).values[..., -1:]
    return shuffled.masked_fill(shuffled < threshold, float("-inf"))[..., shuffle.argsort()]
