# drill: top_k_filter
# /// wrong
# fails = "numerics"
# message = "The threshold is read at index k of the sorted row, the (k + 1)-th largest, so one token more stays."
# source = "https://github.com/kingoflolz/mesh-transformer-jax/issues/164"
# ///
"""Shows for k < V on rows without ties, most plainly k = 1."""
import torch
from torch import Tensor


def top_k_filter(logits: Tensor, k: int) -> Tensor:
    if k < 1:
        raise ValueError("k must be at least 1")
    ranked = logits.detach().sort(dim=-1, descending=True).values
    threshold = ranked[..., min(k, logits.shape[-1] - 1), None]
    return logits.masked_fill(logits < threshold, float("-inf"))
