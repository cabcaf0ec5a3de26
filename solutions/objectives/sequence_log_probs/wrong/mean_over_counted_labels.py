# drill: sequence_log_probs
# /// wrong
# fails = "numerics"
# message = "The sum is divided by the number of counted labels: a length-normalised score, where DPO needs the sum."
# source = "https://github.com/huggingface/trl/pull/1265"
# ///
"""Shows when a row has two or more counted labels."""

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
    return picked.sum(dim=1) / counted.sum(dim=1).clamp(min=1)
