# drill: ppo_kl_loss
"""Differs in kind: the response tokens are selected first, so no padding is ever computed; k3 by the plain formula."""

import torch


def ppo_kl_loss(logps, old_logps, ref_logps, advantages, mask, clip_eps=0.2, kl_coef=0.0):
    if clip_eps <= 0:
        raise ValueError("clip_eps must be positive")
    if kl_coef < 0:
        raise ValueError("kl_coef must be at least 0")
    new, old, ref, gain = (x[mask] for x in (logps, old_logps.detach(), ref_logps.detach(), advantages.detach()))
    if new.element_size() == 2:
        new, old, ref, gain = new.float(), old.float(), ref.float(), gain.float()
    n = max(new.numel(), 1)
    ratio = (new - old).exp()
    first, second = ratio * gain, torch.clamp(ratio, 1 - clip_eps, 1 + clip_eps) * gain
    kl = torch.exp(ref - new) - 1 - (ref - new)
    loss = (torch.max(-first, -second) + kl_coef * kl).sum() / n
    with torch.no_grad():
        metrics = {
            "kl": kl.sum() / n,
            "clip_fraction": (second < first).to(ratio.dtype).sum() / n,
            "ratio": ratio.sum() / n,
        }
    return loss, metrics
