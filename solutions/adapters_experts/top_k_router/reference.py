# drill: top_k_router
"""Select first, normalise afterwards: a softmax over the kept logits is what a softmax over all experts becomes when it
is cut to the kept ones and divided by their sum, with k exponentials in place of E and nothing to divide. With one
expert the weight is the constant 1, so a router with k = 1 learns nothing from this weight."""

import torch
from torch import Tensor

LEDGER = {
    "weights": "[N, k]",
    "index_bytes": "8*N*k",
    "dense_bytes": "4*N*E",
}


def top_k_router(logits: Tensor, k: int) -> tuple[Tensor, Tensor]:
    n_experts = logits.shape[-1]
    if not 1 <= k <= n_experts:
        raise ValueError(f"k must be in 1..{n_experts}, got {k}")

    kept, experts = torch.topk(logits, k, dim=-1)  # [N, k] each, largest first
    # Half types are widened: a softmax rounded to bfloat16 at each step is off by several per cent.
    wide = torch.promote_types(logits.dtype, torch.float32)
    weights = torch.softmax(kept.to(wide), dim=-1)  # [N, k]
    return weights.to(logits.dtype), experts
