# drill: ppo_kl_loss
# /// wrong
# fails = "contract"
# message = "torch.manual_seed makes the answer repeatable, which it is anyway, and resets the global random state of the caller."
# ///
"""Shows in the global random state after any call; the answers are right."""
import torch
from torch import Tensor


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
    torch.manual_seed(0)
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
