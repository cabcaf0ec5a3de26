# drill: grpo_loss
"""Differs in kind: values and slopes are computed without a graph, and one linear term carries the slopes."""

import torch


def grpo_loss(logps, old_logps, ref_logps, advantages, mask, clip_eps=0.2, beta=0.04, aggregate="sequence"):
    if aggregate not in ("sequence", "token"):
        raise ValueError(f"unknown aggregate {aggregate!r}")
    if clip_eps <= 0 or beta < 0:
        raise ValueError(f"need clip_eps > 0 and beta >= 0, not {clip_eps} and {beta}")
    wide = torch.promote_types(logps.dtype, torch.float32)
    picked = logps.masked_select(mask).to(wide)
    with torch.no_grad():
        old, ref = (x.masked_select(mask).to(wide) for x in (old_logps, ref_logps))
        gain = advantages.to(wide).unsqueeze(1).expand(mask.shape).masked_select(mask)
        if aggregate == "token":
            share = torch.ones_like(gain) / max(gain.numel(), 1)
        else:
            lengths = mask.sum(dim=1, keepdim=True).expand(mask.shape).masked_select(mask)
            share = 1 / (lengths.to(wide) * mask.shape[0])
        ratio = (picked - old).exp()
        bound = 1 + clip_eps * torch.sign(gain)
        binds = ((ratio - bound) * gain) > 0
        growth = torch.expm1(ref - picked)
        value = share @ (beta * (growth - (ref - picked)) - torch.where(binds, bound, ratio) * gain)
        slope = share * (-ratio * gain * ~binds - beta * growth)
    return value + slope @ (picked - picked.detach())
