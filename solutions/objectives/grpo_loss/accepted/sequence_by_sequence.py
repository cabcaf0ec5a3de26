# drill: grpo_loss
"""Differs in kind: a loop over the sequences; the sums stay on the graph because an empty selection sums to 0."""

import torch


def _sequence(new, old, ref, advantage, clip_eps, beta):
    ratio = torch.exp(new - old)
    limited = torch.clamp(ratio, min=1 - clip_eps, max=1 + clip_eps)
    kl = torch.expm1(ref - new) - (ref - new)
    return (torch.maximum(-ratio * advantage, -limited * advantage) + beta * kl).sum()


def grpo_loss(logps, old_logps, ref_logps, advantages, mask, clip_eps=0.2, beta=0.04, aggregate="sequence"):
    if aggregate != "sequence" and aggregate != "token":
        raise ValueError("aggregate")
    if not clip_eps > 0:
        raise ValueError("clip_eps")
    if not beta >= 0:
        raise ValueError("beta")
    if logps.dtype in (torch.float16, torch.bfloat16):
        logps, old_logps, ref_logps, advantages = (x.float() for x in (logps, old_logps, ref_logps, advantages))
    old_logps, ref_logps, advantages = old_logps.detach(), ref_logps.detach(), advantages.detach()
    sums, lengths = [], []
    for n in range(logps.shape[0]):
        keep = mask[n]
        parts = (x[n][keep] for x in (logps, old_logps, ref_logps))
        sums.append(_sequence(*parts, advantages[n], clip_eps, beta))
        lengths.append(int(keep.sum()))
    if aggregate == "token":
        return torch.stack(sums).sum() / max(sum(lengths), 1)
    return torch.stack([s / max(length, 1) for s, length in zip(sums, lengths, strict=True)]).mean()
