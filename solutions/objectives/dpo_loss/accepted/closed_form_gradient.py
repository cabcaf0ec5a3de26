# drill: dpo_loss
"""Differs in kind: an autograd function with the gradient -beta * (sigmoid(-x) - label_smoothing) written out."""

import torch


class _Preference(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, smoothing):
        ctx.save_for_backward(x)
        ctx.smoothing = smoothing
        # log(1 + exp(-x)) without overflow: the exponent is never positive.
        tail = torch.log1p(torch.exp(-x.abs()))
        flipped = (x.clamp(min=0) + tail) * smoothing
        return ((-x).clamp(min=0) + tail) * (1 - smoothing) + flipped

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return grad * ((1 - ctx.smoothing) * -torch.sigmoid(-x) + ctx.smoothing * torch.sigmoid(x)), None


def dpo_loss(policy_chosen, policy_rejected, ref_chosen, ref_rejected, beta=0.1, label_smoothing=0.0):
    if beta <= 0 or not 0 <= label_smoothing < 0.5:
        raise ValueError("need beta > 0 and 0 <= label_smoothing < 0.5")
    wide = torch.promote_types(policy_chosen.dtype, torch.float32)
    pc, pr, rc, rr = (t.to(wide) for t in (policy_chosen, policy_rejected, ref_chosen, ref_rejected))
    rc, rr = rc.detach(), rr.detach()
    losses = _Preference.apply(beta * (pc - rc) - beta * (pr - rr), label_smoothing)
    with torch.no_grad():
        rewards = beta * (pc - rc), beta * (pr - rr)
    return losses.sum() / losses.numel(), *rewards
