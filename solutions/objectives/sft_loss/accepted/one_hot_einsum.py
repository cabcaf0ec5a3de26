# drill: sft_loss
"""Differs in kind: one-hot targets with empty rows for ignored labels, contracted by einsum, in a module."""

import torch
from torch import nn


class SFTLoss(nn.Module):
    def __init__(self, ignore_index):
        super().__init__()
        self.ignore_index = ignore_index

    def forward(self, logits, labels):
        log_probs = torch.log_softmax(logits[:, :-1], dim=-1, dtype=torch.promote_types(logits.dtype, torch.float32))
        targets = labels[:, 1:].unsqueeze(-1)  # [B, S-1, 1]
        classes = torch.arange(logits.shape[-1], device=logits.device)
        hot = (targets == classes) & (targets != self.ignore_index)  # [B, S-1, V]
        hot = hot.to(log_probs.dtype)
        return -torch.einsum("bsv,bsv->", log_probs, hot) / hot.sum().clamp(min=1)


def sft_loss(logits, labels, ignore_index=-100):
    return SFTLoss(ignore_index)(logits, labels)
