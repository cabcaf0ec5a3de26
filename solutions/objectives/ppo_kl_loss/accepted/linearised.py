# drill: ppo_kl_loss
"""Differs in kind: values and slopes are computed without a graph, and one linear term carries the slopes."""

import torch


def ppo_kl_loss(logps, old_logps, ref_logps, advantages, mask, clip_eps=0.2, kl_coef=0.0):
    if clip_eps <= 0 or kl_coef < 0:
        raise ValueError(f"need clip_eps > 0 and kl_coef >= 0, not {clip_eps} and {kl_coef}")
    wide = torch.promote_types(logps.dtype, torch.float32)
    picked = logps.masked_select(mask).to(wide)
    with torch.no_grad():
        old, ref, gain = (x.masked_select(mask).to(wide) for x in (old_logps, ref_logps, advantages))
        n = max(picked.numel(), 1)
        ratio = (picked - old).exp()
        bound = 1 + clip_eps * torch.sign(gain)
        binds = ((ratio - bound) * gain) > 0
        kl = torch.expm1(ref - picked) + (picked - ref)
        value = (kl_coef * kl - torch.where(binds, bound, ratio) * gain).sum() / n
        slope = (torch.where(binds, 0.0, -ratio * gain) - kl_coef * torch.expm1(ref - picked)) / n
        metrics = {"ratio": ratio.sum() / n, "kl": kl.sum() / n, "clip_fraction": binds.sum(dtype=wide) / n}
    return value + (slope * (picked - picked.detach())).sum(), metrics
