# drill: sft_loss
"""Differs in kind: the counted positions are selected first, and the loss is logsumexp minus the label's logit."""

import torch


def sft_loss(logits, labels, ignore_index=-100):
    keep = labels[:, 1:].ne(ignore_index)
    scores = logits[:, :-1][keep]  # [N, V]
    targets = labels[:, 1:][keep]  # [N]
    scores = scores.to(torch.promote_types(scores.dtype, torch.float32))
    rows = torch.arange(len(targets), device=targets.device)
    losses = scores.logsumexp(dim=-1) - scores[rows, targets]
    return losses.sum() / max(len(targets), 1)
