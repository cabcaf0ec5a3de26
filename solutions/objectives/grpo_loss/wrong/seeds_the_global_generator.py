# drill: grpo_loss
# /// wrong
# fails = "contract"
# message = "torch.manual_seed makes the answer repeatable, which it is anyway, and resets the global random state of the caller."
# ///
"""Shows in the global random state after any call; the answers are right."""
import torch
from torch import Tensor


def grpo_loss(
    logps: Tensor,
    old_logps: Tensor,
    ref_logps: Tensor,
    advantages: Tensor,
    mask: Tensor,
    clip_eps: float = 0.2,
    beta: float = 0.04,
    aggregate: str = "sequence",
) -> Tensor:
    """logps, old_logps, ref_logps [N, T], advantages [N], mask bool [N, T] -> loss, a scalar."""
    torch.manual_seed(0)
    if aggregate not in ("sequence", "token"):
        raise ValueError(f"aggregate must be 'sequence' or 'token', not {aggregate!r}")
    if not clip_eps > 0:
        raise ValueError(f"clip_eps must be above 0, not {clip_eps}")
    if not beta >= 0:
        raise ValueError(f"beta must not be negative, but is {beta}")

    dtype = torch.promote_types(logps.dtype, torch.float32)
    logps = logps.to(dtype).masked_fill(~mask, 0.0)  # [N, T]
    old_logps = old_logps.detach().to(dtype).masked_fill(~mask, 0.0)  # [N, T]
    ref_logps = ref_logps.detach().to(dtype).masked_fill(~mask, 0.0)  # [N, T]
    advantages = advantages.detach().to(dtype).unsqueeze(1)  # [N, 1]

    ratio = torch.exp(logps - old_logps)  # [N, T]
    clipped = ratio.clamp(1 - clip_eps, 1 + clip_eps)  # [N, T]
    surrogate = torch.minimum(ratio * advantages, clipped * advantages)  # [N, T]
    d = logps - ref_logps  # [N, T]
    kl = (torch.expm1(-d) + d).clamp(min=0)  # [N, T], k3
    # At a masked position the ratio is 1, so the surrogate is the advantage there: the mask is needed once more.
    losses = (-surrogate + beta * kl).masked_fill(~mask, 0.0)  # [N, T]

    if aggregate == "token":
        return losses.sum() / mask.sum().clamp(min=1)
    lengths = mask.sum(dim=1).clamp(min=1)  # [N], an empty sequence gives 0 / 1
    return (losses.sum(dim=1) / lengths).mean()
