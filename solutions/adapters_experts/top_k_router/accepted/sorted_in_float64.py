# drill: top_k_router
"""Sorts whole rows in float64, whatever the dtype, and returns a named tuple; the weights are exp of a log-softmax."""

from typing import NamedTuple

import torch
from torch import Tensor


class Routing(NamedTuple):
    weights: Tensor
    experts: Tensor


def top_k_router(logits: Tensor, k: int) -> tuple[Tensor, Tensor]:
    if k < 1:
        raise ValueError("k is below 1")
    if logits.shape[1] < k:
        raise ValueError("there are fewer than k experts")
    ranked, order = (-logits.double()).sort(dim=1)
    weights = torch.log_softmax(-ranked[:, :k], dim=1).exp()
    return Routing(weights.to(logits.dtype), order[:, :k].clone())
