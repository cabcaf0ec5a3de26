# drill: sequence_log_probs
# /// wrong
# fails = "gpu"
# message = "The running total is created without a device, so it stands on the CPU while the logits stand on the GPU."
# ///
"""Shows when the inputs are on any device but the CPU."""

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
    total = torch.zeros(labels.shape[0], dtype=dtype)
    return total + picked.sum(dim=1)
