# drill: sequence_log_probs
# /// wrong
# fails = "contract"
# message = "The maximum is subtracted in a slice of the caller's tensor: for float32, .to() makes no copy."
# ///
"""Shows for float32 and float64 when S >= 2: logits changed."""

import torch
import torch.nn.functional as F


def sequence_log_probs(logits, labels, ignore_index=-100):
    dtype = torch.promote_types(logits.dtype, torch.float32)
    predictions = logits[:, :-1].to(dtype)
    targets = labels[:, 1:]
    counted = targets != ignore_index
    classes = targets.masked_fill(~counted, 0)
    with torch.no_grad():
        predictions -= predictions.amax(dim=-1, keepdim=True)
    log_probs = F.log_softmax(predictions, dim=-1)
    picked = log_probs.gather(-1, classes.unsqueeze(-1)).squeeze(-1)
    picked = picked.masked_fill(~counted, 0)
    return picked.sum(dim=1)
