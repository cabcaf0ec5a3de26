# drill: grpo_loss
"""Differs in kind: both means are one weighted sum; only the tokens' weights depend on aggregate."""

import torch


def _weights(mask, aggregate, dtype):
    if aggregate == "sequence":
        return mask / mask.sum(dim=1, keepdim=True).clamp(min=1).to(dtype) / mask.shape[0]
    if aggregate == "token":
        return mask / mask.sum().clamp(min=1).to(dtype)
    raise ValueError(f"unknown aggregate {aggregate!r}")


def grpo_loss(logps, old_logps, ref_logps, advantages, mask, clip_eps=0.2, beta=0.04, aggregate="sequence"):
    if clip_eps <= 0:
        raise ValueError("clip_eps must be positive")
    if beta < 0:
        raise ValueError("beta must be at least 0")
    dtype = torch.float64 if logps.dtype == torch.float64 else torch.float32
    weights = _weights(mask, aggregate, dtype)
    zero = torch.zeros((), dtype=dtype, device=logps.device)
    new, old, ref = (torch.where(mask, x.to(dtype), zero) for x in (logps, old_logps.detach(), ref_logps.detach()))
    gain = advantages.detach().to(dtype)[:, None]
    ratio = (new - old).exp()
    surrogate = torch.min(ratio * gain, ratio.clamp(1 - clip_eps, 1 + clip_eps) * gain)
    drift = ref - new
    kl = torch.exp(drift) - drift - 1
    return ((beta * kl - surrogate) * weights).sum()
