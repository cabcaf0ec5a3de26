# drill: sequence_log_probs
# /// wrong
# fails = "numerics"
# message = "The mask is sliced like the logits, not like the labels, so it keeps and drops the neighbours' labels."
# source = "https://github.com/verl-project/verl/pull/3287"
# ///
"""Shows when ignored labels are not the same at s and s + 1: the first answer token is lost."""

import torch
import torch.nn.functional as F


def sequence_log_probs(logits, labels, ignore_index=-100):
    dtype = torch.promote_types(logits.dtype, torch.float32)
    predictions = logits[:, :-1].to(dtype)
    targets = labels[:, 1:]
    counted = (labels != ignore_index)[:, :-1]
    classes = targets.masked_fill(targets == ignore_index, 0)
    log_probs = F.log_softmax(predictions, dim=-1)
    picked = log_probs.gather(-1, classes.unsqueeze(-1)).squeeze(-1)
    picked = picked.masked_fill(~counted, 0)
    return picked.sum(dim=1)
