# drill: sequence_log_probs
# /// wrong
# fails = "finiteness"
# message = "The log-probabilities are clamped at -100 for safety, so a token that is far off is scored too high and gets no gradient."
# ///
"""Shows when the label's logit is more than 100 below the maximum."""

import torch
import torch.nn.functional as F


def sequence_log_probs(logits, labels, ignore_index=-100):
    dtype = torch.promote_types(logits.dtype, torch.float32)
    predictions = logits[:, :-1].to(dtype)
    targets = labels[:, 1:]
    counted = targets != ignore_index
    classes = targets.masked_fill(~counted, 0)
    log_probs = F.log_softmax(predictions, dim=-1)
    log_probs = log_probs.clamp(min=-100)
    picked = log_probs.gather(-1, classes.unsqueeze(-1)).squeeze(-1)
    picked = picked.masked_fill(~counted, 0)
    return picked.sum(dim=1)
