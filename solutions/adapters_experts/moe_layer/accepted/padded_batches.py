# drill: moe_layer
"""Packs the tokens of each expert into one row of a padded [E, most, D] buffer and runs all experts as three batched
products; the padding is as long as the busiest expert needs, so nothing is dropped."""

import torch
import torch.nn.functional as F
from torch import Tensor


def moe_forward(x: Tensor, w_router: Tensor, w_gate: Tensor, w_up: Tensor, w_down: Tensor, k: int) -> Tensor:
    n_experts = w_router.shape[0]
    if k < 1 or n_experts < k:
        raise ValueError(f"cannot choose {k} of {n_experts} experts")
    kept, experts = (x @ w_router.mT).topk(k)
    weights = kept.to(torch.promote_types(x.dtype, torch.float32)).softmax(-1).to(x.dtype)

    owner, order = experts.flatten().sort(stable=True)  # [N * k]
    load = torch.bincount(owner, minlength=n_experts)
    place = torch.arange(owner.numel(), device=x.device) - (load.cumsum(0) - load)[owner]
    packed = x.new_zeros(n_experts, int(load.max()), x.shape[1])
    packed = packed.index_put((owner, place), x[order // k])  # [E, most, D]

    hidden = F.silu(torch.bmm(packed, w_gate.mT)) * torch.bmm(packed, w_up.mT)
    out = torch.bmm(hidden, w_down.mT)[owner, place]  # [N * k, D]
    out = out * weights.flatten()[order, None]
    return torch.zeros_like(x).index_add(0, order // k, out)
