# drill: ppo_kl_loss
"""Differs in kind: a Python loop over the response tokens with an early return for an empty mask."""

import torch


def ppo_kl_loss(logps, old_logps, ref_logps, advantages, mask, clip_eps=0.2, kl_coef=0.0):
    if clip_eps <= 0:
        raise ValueError("clip_eps")
    if kl_coef < 0:
        raise ValueError("kl_coef")
    kind = {"dtype": torch.promote_types(logps.dtype, torch.float32), "device": logps.device}
    positions = mask.nonzero().tolist()
    if not positions:
        # A leaf of its own: backward runs, and the inputs get no gradient.
        zeros = {name: torch.zeros((), **kind) for name in ("kl", "clip_fraction", "ratio")}
        return torch.zeros((), **kind, requires_grad=True), zeros
    losses, kls, clips, ratios = [], [], [], []
    for b, t in positions:
        new = logps[b, t].to(**kind)
        old, ref, advantage = (x[b, t].detach().to(**kind) for x in (old_logps, ref_logps, advantages))
        ratio = torch.exp(new - old)
        limited = torch.clamp(ratio, 1 - clip_eps, 1 + clip_eps)
        kl = torch.expm1(ref - new) + (new - ref)
        losses.append(kl_coef * kl - torch.min(ratio * advantage, limited * advantage))
        kls.append(kl.detach())
        clips.append((limited * advantage < ratio * advantage).to(kind["dtype"]))
        ratios.append(ratio.detach())
    metrics = {"kl": kls, "clip_fraction": clips, "ratio": ratios}
    return torch.stack(losses).mean(), {name: torch.stack(values).mean() for name, values in metrics.items()}
