# drill: sft_loss
# /// wrong
# fails = "numerics"
# message = "Each row is averaged first and then the rows, so a token of a short answer weighs more than one of a long."
# source = "https://github.com/huggingface/transformers/pull/34191"
# ///
"""Shows when B >= 2 and the rows have different numbers of counted labels (1 and 3), or one row has none."""

import torch
import torch.nn.functional as F


def sft_loss(logits, labels, ignore_index=-100):
    dtype = torch.promote_types(logits.dtype, torch.float32)
    predictions = logits[:, :-1].to(dtype)
    targets = labels[:, 1:]
    counted = targets != ignore_index
    classes = targets.masked_fill(~counted, 0)
    log_probs = F.log_softmax(predictions, dim=-1)
    nll = -log_probs.gather(-1, classes.unsqueeze(-1)).squeeze(-1)
    nll = nll.masked_fill(~counted, 0)
    return (nll.sum(dim=1) / counted.sum(dim=1).clamp(min=1)).mean()
