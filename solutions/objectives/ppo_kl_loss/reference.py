# drill: ppo_kl_loss
"""The surrogate takes the smaller of two gains: a step that already went too far earns nothing more, while a step that
went wrong is undone in full. The mask is applied to the inputs: a NaN in the padding that reaches exp would come back
through the gradient as 0 * NaN, whatever is masked later.
"""

import torch
from torch import Tensor

LEDGER = {
    "ratio": "[B, T]",
    "input_bytes": "17 * B * T",
    "upcast_bytes": "16 * B * T",
    "logit_bytes": "4 * B * T * V",
}


def ppo_kl_loss(
    logps: Tensor,
    old_logps: Tensor,
    ref_logps: Tensor,
    advantages: Tensor,
    mask: Tensor,
    clip_eps: float = 0.2,
    kl_coef: float = 0.0,
) -> tuple[Tensor, dict[str, Tensor]]:
    """All [B, T], mask bool -> (loss scalar, {"kl", "clip_fraction", "ratio"}: scalars)."""
    if not clip_eps > 0:
        raise ValueError(f"clip_eps must be above 0, not {clip_eps}")
    if not kl_coef >= 0:
        raise ValueError(f"kl_coef must not be negative, but is {kl_coef}")

    dtype = torch.promote_types(logps.dtype, torch.float32)
    # With 0 in all four tensors, a masked position has ratio 1, advantage 0 and KL 0, and no gradient.
    logps = logps.to(dtype).masked_fill(~mask, 0.0)  # [B, T]
    old_logps, ref_logps, advantages = (
        x.detach().to(dtype).masked_fill(~mask, 0.0) for x in (old_logps, ref_logps, advantages)
    )  # [B, T] each
    count = mask.sum().clamp(min=1)  # scalar; an empty mask then gives 0 / 1

    ratio = torch.exp(logps - old_logps)  # [B, T]
    unclipped = ratio * advantages  # [B, T]
    clipped = ratio.clamp(1 - clip_eps, 1 + clip_eps) * advantages  # [B, T]
    surrogate = torch.minimum(unclipped, clipped)  # [B, T], the advantage's sign decides which bound matters

    d = logps - ref_logps  # [B, T]
    kl = (torch.expm1(-d) + d).clamp(min=0)  # [B, T], k3
    loss = (-surrogate + kl_coef * kl).sum() / count  # scalar

    metrics = {
        "kl": kl.detach().sum() / count,
        "clip_fraction": ((clipped < unclipped) & mask).sum().to(dtype) / count,
        "ratio": ratio.detach().masked_fill(~mask, 0.0).sum() / count,
    }
    return loss, metrics
