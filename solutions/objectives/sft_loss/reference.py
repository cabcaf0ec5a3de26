# drill: sft_loss
"""Next-token prediction pairs the logits at s with the label at s + 1. Which labels count is decided after that shift,
and one sum is divided by one count, so every counted token of the batch weighs the same. A count of at least 1 keeps a
batch without labels at 0, still on the graph.
"""

import torch
from torch import Tensor

LEDGER = {
    "shifted_logits": "[B, S - 1, V]",
    "shifted_labels": "[B, S - 1]",
    "logit_bytes": "2 * B * S * V",
    "float32_bytes": "4 * B * (S - 1) * V",
}


def sft_loss(logits: Tensor, labels: Tensor, ignore_index: int = -100) -> Tensor:
    """logits [B, S, V], labels int64 [B, S] (not shifted yet) -> mean cross entropy, a scalar."""
    dtype = torch.promote_types(logits.dtype, torch.float32)
    predictions = logits[:, :-1].to(dtype)  # [B, S-1, V]
    targets = labels[:, 1:]  # [B, S-1]

    counted = targets != ignore_index  # [B, S-1]
    # ignore_index need not be a class, and gather reads before the mask is applied: any class will do there.
    classes = targets.masked_fill(~counted, 0)  # [B, S-1]

    log_probs = predictions.log_softmax(dim=-1)  # [B, S-1, V]
    picked = log_probs.gather(-1, classes.unsqueeze(-1)).squeeze(-1)  # [B, S-1]
    total = picked.masked_fill(~counted, 0.0).sum()  # scalar
    return -total / counted.sum().clamp(min=1)
