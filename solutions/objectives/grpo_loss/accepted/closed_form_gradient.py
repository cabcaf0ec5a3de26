# drill: grpo_loss
"""Differs in kind: the token's loss and its derivative are written out in an autograd function."""

import torch


class _TokenLoss(torch.autograd.Function):
    @staticmethod
    def forward(ctx, logps, old, ref, advantages, clip_eps, beta):
        free = torch.exp(logps - old) * advantages
        held = torch.exp(logps - old).clamp(1 - clip_eps, 1 + clip_eps) * advantages
        grown = torch.expm1(ref - logps)
        # Where the held term is the smaller one it does not move with logps.
        ctx.save_for_backward(-free * (free <= held) - beta * grown)
        return -torch.minimum(free, held) + beta * (grown + logps - ref)

    @staticmethod
    def backward(ctx, grad):
        return grad * ctx.saved_tensors[0], None, None, None, None, None


def grpo_loss(logps, old_logps, ref_logps, advantages, mask, clip_eps=0.2, beta=0.04, aggregate="sequence"):
    divisors = {"sequence": lambda: mask.sum(dim=1, keepdim=True) * len(mask), "token": lambda: mask.sum()}
    if aggregate not in divisors:
        raise ValueError(f"no such aggregate: {aggregate}")
    if clip_eps <= 0 or beta < 0:
        raise ValueError("need clip_eps > 0 and beta >= 0")
    wide = torch.promote_types(logps.dtype, torch.float32)
    new, old, ref = (torch.where(mask, x.to(wide), x.new_zeros((), dtype=wide)) for x in (logps, old_logps, ref_logps))
    losses = _TokenLoss.apply(new, old, ref, advantages.to(wide).reshape(-1, 1).expand_as(new), clip_eps, beta)
    losses = torch.where(mask, losses, torch.zeros_like(losses))
    return (losses / divisors[aggregate]().clamp(min=1)).sum()
