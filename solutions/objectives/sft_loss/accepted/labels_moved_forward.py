# drill: sft_loss
"""Differs in what is shifted: the labels move one to the left and end in ignore_index; the logits stay whole."""

import torch
import torch.nn.functional as F


def sft_loss(logits, labels, ignore_index=-100):
    last = torch.full_like(labels[:, :1], ignore_index)
    targets = torch.cat([labels[:, 1:], last], dim=1)  # [B, S]
    wide = logits.double() if logits.dtype == torch.float64 else logits.float()
    losses = F.cross_entropy(wide.transpose(1, 2), targets, ignore_index=ignore_index, reduction="none")  # [B, S]
    count = torch.count_nonzero(targets != ignore_index)
    return losses.sum() / torch.clamp(count, min=1)
