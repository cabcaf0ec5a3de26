# drill: sequence_log_probs
# /// wrong
# fails = "finiteness"
# message = "The tokens' probabilities are multiplied before the log, and their product is 0 after a few dozen tokens."
# ///
"""Shows when a row's sum is below about -104 in float32 (-745 in float64): the result is -inf."""

import torch
import torch.nn.functional as F


def sequence_log_probs(logits, labels, ignore_index=-100):
    dtype = torch.promote_types(logits.dtype, torch.float32)
    predictions = logits[:, :-1].to(dtype)
    targets = labels[:, 1:]
    counted = targets != ignore_index
    classes = targets.masked_fill(~counted, 0)
    log_probs = F.softmax(predictions, dim=-1)
    picked = log_probs.gather(-1, classes.unsqueeze(-1)).squeeze(-1)
    picked = picked.masked_fill(~counted, 1)
    return picked.prod(dim=1).log()
