# drill: moe_layer
"""No loop: gathers the weight matrices of each token's experts. The work is that of k experts, the memory is large."""

import torch
from torch import Tensor


def moe_forward(x: Tensor, w_router: Tensor, w_gate: Tensor, w_up: Tensor, w_down: Tensor, k: int) -> Tensor:
    if k not in range(1, w_router.size(0) + 1):
        raise ValueError("k must lie in 1..E")
    logits = torch.einsum("nd,ed->ne", x, w_router)
    experts = logits.argsort(dim=1, descending=True)[:, :k]
    kept = logits.gather(1, experts)
    kept = kept if kept.dtype == torch.float64 else kept.float()
    weights = torch.exp(kept - kept.logsumexp(dim=1, keepdim=True)).to(x.dtype)
    gate = torch.einsum("nd,nkfd->nkf", x, w_gate[experts])
    up = torch.einsum("nd,nkfd->nkf", x, w_up[experts])
    hidden = gate * torch.sigmoid(gate) * up
    out = torch.einsum("nkf,nkdf->nkd", hidden, w_down[experts])
    return (weights[:, :, None] * out).sum(dim=1)
