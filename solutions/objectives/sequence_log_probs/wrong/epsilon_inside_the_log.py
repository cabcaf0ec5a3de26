# drill: sequence_log_probs
# /// wrong
# fails = "numerics"
# message = "log(softmax + 1e-10) is never below -23, so an unlikely token is scored far too high and gets no gradient."
# ///
"""Shows when the log-probability of a counted label is below about -20."""

import torch
import torch.nn.functional as F


def sequence_log_probs(logits, labels, ignore_index=-100):
    dtype = torch.promote_types(logits.dtype, torch.float32)
    predictions = logits[:, :-1].to(dtype)
    targets = labels[:, 1:]
    counted = targets != ignore_index
    classes = targets.masked_fill(~counted, 0)
    log_probs = torch.log(F.softmax(predictions, dim=-1) + 1e-10)
    picked = log_probs.gather(-1, classes.unsqueeze(-1)).squeeze(-1)
    picked = picked.masked_fill(~counted, 0)
    return picked.sum(dim=1)
