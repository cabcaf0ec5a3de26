# drill: sequence_log_probs
# /// wrong
# fails = "shape"
# message = "squeeze() without a dim also drops a batch or a length of 1, and the sum then runs over the wrong axis."
# ///
"""Shows when B = 1 or S = 2; every other size is right."""

import torch
import torch.nn.functional as F


def sequence_log_probs(logits, labels, ignore_index=-100):
    dtype = torch.promote_types(logits.dtype, torch.float32)
    predictions = logits[:, :-1].to(dtype)
    targets = labels[:, 1:]
    counted = targets != ignore_index
    classes = targets.masked_fill(~counted, 0)
    log_probs = F.log_softmax(predictions, dim=-1)
    picked = log_probs.gather(-1, classes.unsqueeze(-1)).squeeze()
    picked = picked.masked_fill(~counted.squeeze(), 0)
    return picked.sum(dim=-1)
