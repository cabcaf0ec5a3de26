# drill: moe_layer
"""The definition as it stands: a loop over tokens and their experts, with a full softmax and renormalisation."""

import torch
from torch import Tensor


def expert_output(row: Tensor, gate: Tensor, up: Tensor, down: Tensor) -> Tensor:
    return down @ (torch.nn.functional.silu(gate @ row) * (up @ row))


def moe_forward(x: Tensor, w_router: Tensor, w_gate: Tensor, w_up: Tensor, w_down: Tensor, k: int) -> Tensor:
    if not 0 < k <= w_router.shape[0]:
        raise ValueError(k)
    rows = []
    for row in x:
        logits = w_router @ row
        wide = logits.double() if logits.dtype == torch.float64 else logits.float()
        experts = wide.topk(k).indices
        probs = wide.softmax(dim=0)[experts]
        weights = (probs / probs.sum()).to(x.dtype)
        rows.append(
            sum(
                weight * expert_output(row, w_gate[e], w_up[e], w_down[e])
                for weight, e in zip(weights, experts.tolist(), strict=True)
            )
        )
    return torch.stack(rows)
