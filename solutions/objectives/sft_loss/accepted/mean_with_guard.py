# drill: sft_loss
"""Differs in kind: the fused mean with its own ignore_index, and a zero on the graph where it would be 0 / 0."""

import torch
import torch.nn.functional as F


def sft_loss(logits, labels, ignore_index=-100):
    scores, targets = logits[:, :-1], labels[:, 1:]
    if scores.dtype in (torch.float16, torch.bfloat16):
        scores = scores.float()
    if bool((targets == ignore_index).all()):  # true for S = 1, too
        return 0.0 * scores.sum()
    return F.cross_entropy(scores.transpose(1, 2), targets, ignore_index=ignore_index, reduction="mean")
