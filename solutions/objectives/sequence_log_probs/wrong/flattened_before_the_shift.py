# drill: sequence_log_probs
# /// wrong
# fails = "numerics"
# message = "The batch is flattened before the shift, so a row also scores the next row's first label."
# ///
"""Shows when B >= 2 and some labels[1:, 0] is not ignore_index."""

import torch
import torch.nn.functional as F


def sequence_log_probs(logits, labels, ignore_index=-100):
    dtype = torch.promote_types(logits.dtype, torch.float32)
    predictions = logits.to(dtype)
    targets = F.pad(labels.flatten()[1:], (0, 1), value=ignore_index).view(labels.shape)
    counted = targets != ignore_index
    classes = targets.masked_fill(~counted, 0)
    log_probs = F.log_softmax(predictions, dim=-1)
    picked = log_probs.gather(-1, classes.unsqueeze(-1)).squeeze(-1)
    picked = picked.masked_fill(~counted, 0)
    return picked.sum(dim=1)
