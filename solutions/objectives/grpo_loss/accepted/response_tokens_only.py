# drill: grpo_loss
"""Differs in kind: the response tokens are selected first, and index_add sums them by sequence; no KL if beta is 0."""

import torch


def grpo_loss(logps, old_logps, ref_logps, advantages, mask, clip_eps=0.2, beta=0.04, aggregate="sequence"):
    if aggregate not in {"sequence", "token"} or clip_eps <= 0 or beta < 0:
        raise ValueError(f"aggregate={aggregate!r}, clip_eps={clip_eps}, beta={beta}")
    rows, columns = mask.nonzero(as_tuple=True)
    wide = torch.promote_types(logps.dtype, torch.float32)
    new = logps[rows, columns].to(wide)
    with torch.no_grad():
        old, ref = old_logps[rows, columns].to(wide), ref_logps[rows, columns].to(wide)
        gain = advantages[rows].to(wide)
    ratio = torch.exp(new - old)
    bounded = torch.where(gain >= 0, ratio.clamp(max=1 + clip_eps), ratio.clamp(min=1 - clip_eps))
    losses = -bounded * gain
    if beta:
        losses = losses + beta * (torch.expm1(ref - new) + (new - ref))
    if aggregate == "token":
        return losses.sum() / max(losses.numel(), 1)
    sums = losses.new_zeros(mask.shape[0]).index_add(0, rows, losses)
    return torch.mean(sums / mask.sum(dim=1).clamp(min=1))
