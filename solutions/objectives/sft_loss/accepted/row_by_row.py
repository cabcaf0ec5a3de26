# drill: sft_loss
"""Differs in kind: a loop over rows and positions that adds up sums and counts, with an early return for no labels."""

import torch


def sft_loss(logits, labels, ignore_index=-100):
    dtype = torch.float64 if logits.dtype == torch.float64 else torch.float32
    losses = []
    for row_logits, row_labels in zip(logits, labels, strict=True):
        for position, label in enumerate(row_labels[1:].tolist()):
            if label != ignore_index:
                losses.append(-torch.log_softmax(row_logits[position].to(dtype), dim=0)[label])
    if not losses:
        # A leaf of its own: backward runs, and the logits get no gradient.
        return torch.zeros((), dtype=dtype, device=logits.device, requires_grad=True)
    return torch.stack(losses).mean()
