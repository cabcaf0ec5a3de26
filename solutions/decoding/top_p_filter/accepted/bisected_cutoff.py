# drill: top_p_filter
"""No sort: bisects the cutoff of each row, the largest logit above which less than p of the mass lies.

The mass above a level falls as the level rises; halving the interval until it can be halved no more leaves `low` just
below the logit of the token that crosses p. This is how kernels avoid sorting a large vocabulary.
"""
import torch
from torch import Tensor


def top_p_filter(logits: Tensor, p: float) -> Tensor:
    if not 0 < p <= 1:
        raise ValueError("p outside (0, 1]")
    if p == 1:
        return logits.clone()
    values = logits.detach().to(torch.promote_types(logits.dtype, torch.float32))
    probs = torch.softmax(values, dim=-1)
    largest = values.amax(dim=-1, keepdim=True)
    high = largest  # no mass above it
    floor = torch.where(values == float("-inf"), largest, values).amin(dim=-1, keepdim=True)
    low = floor - 1 - floor.abs() * 0.01  # all mass above it
    for _ in range(200):
        middle = low + (high - low) / 2
        heavy = torch.where(values > middle, probs, torch.zeros_like(probs)).sum(-1, keepdim=True) >= p
        low = torch.where(heavy, middle, low)
        high = torch.where(heavy, high, middle)
    return logits.masked_fill((values <= low) & (values < largest), float("-inf"))
