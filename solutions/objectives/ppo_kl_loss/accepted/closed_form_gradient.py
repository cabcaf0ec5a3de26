# drill: ppo_kl_loss
"""Differs in kind: loss and gradient written out in an autograd function; a clipped token has no surrogate gradient."""

import torch


class _PolicyLoss(torch.autograd.Function):
    @staticmethod
    def forward(ctx, logps, old, ref, advantages, clip_eps, kl_coef):
        ratio = torch.exp(logps - old)
        kl = torch.expm1(ref - logps) + logps - ref
        unclipped = ratio * advantages
        clipped = ratio.clamp(1 - clip_eps, 1 + clip_eps) * advantages
        binds = clipped < unclipped
        ctx.save_for_backward(torch.where(binds, 0.0, -unclipped) - kl_coef * torch.expm1(ref - logps))
        ctx.mark_non_differentiable(ratio, kl, binds)
        return torch.where(binds, -clipped, -unclipped) + kl_coef * kl, ratio, kl, binds

    @staticmethod
    def backward(ctx, grad, *_):
        return grad * ctx.saved_tensors[0], None, None, None, None, None


def ppo_kl_loss(logps, old_logps, ref_logps, advantages, mask, clip_eps=0.2, kl_coef=0.0):
    if clip_eps <= 0:
        raise ValueError(f"clip_eps={clip_eps}")
    if kl_coef < 0:
        raise ValueError(f"kl_coef={kl_coef}")
    wide = torch.promote_types(logps.dtype, torch.float32)
    tensors = [t.to(wide).masked_fill(mask.logical_not(), 0) for t in (logps, old_logps, ref_logps, advantages)]
    losses, ratio, kl, binds = _PolicyLoss.apply(*tensors, clip_eps, kl_coef)
    weights = mask.to(wide) / max(int(mask.sum()), 1)
    mean = {"kl": kl, "clip_fraction": binds.to(wide), "ratio": ratio}
    return (losses * weights).sum(), {name: (value * weights).sum().detach() for name, value in mean.items()}
