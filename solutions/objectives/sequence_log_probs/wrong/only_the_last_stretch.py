# drill: sequence_log_probs
# /// wrong
# fails = "numerics"
# message = "Only the labels after the last ignored one are summed, so of a conversation only the final turn is scored."
# ///
"""Shows when an ignored label stands after a counted one."""

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
    counted = counted.flip(1).cumprod(dim=1).flip(1).bool()
    picked = picked.masked_fill(~counted, 0)
    return picked.sum(dim=1)
