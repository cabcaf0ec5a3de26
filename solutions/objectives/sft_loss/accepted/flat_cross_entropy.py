# drill: sft_loss
"""Differs in kind: the fused cross entropy over flattened rows, summed, and divided by hand."""

import torch.nn.functional as F


def sft_loss(logits, labels, ignore_index=-100):
    scores = logits[:, :-1, :].reshape(-1, logits.shape[-1])
    targets = labels[:, 1:].reshape(-1)
    if scores.element_size() == 2:
        scores = scores.float()
    total = F.cross_entropy(scores, targets, ignore_index=ignore_index, reduction="sum")
    return total / (targets != ignore_index).sum().clamp(min=1)
