# drill: sequence_log_probs
# /// wrong
# fails = "finiteness"
# message = "The sum is taken back from the row's mean, and the mean of no labels is 0 / 0."
# ///
"""Shows when a row has no counted label."""

import torch
import torch.nn.functional as F


def sequence_log_probs(logits, labels, ignore_index=-100):
    dtype = torch.promote_types(logits.dtype, torch.float32)
    predictions = logits[:, :-1].to(dtype)
    targets = labels[:, 1:]
    counted = targets != ignore_index
    classes = targets.masked_fill(~counted, 0)
    log_probs = F.log_softmax(predictions, dim=-1)
    picked = log_probs.gather(-1, classes.unsqueeze(-1)).squeeze(-1)
    picked = picked.masked_fill(~counted, 0)
    count = counted.sum(dim=1)
    return picked.sum(dim=1) / count * count
