# drill: sequence_log_probs
# /// wrong
# fails = "numerics"
# message = "The mask compares with -100 whatever ignore_index says, so another padding id is scored."
# source = "https://github.com/lucidrains/DALLE-pytorch/issues/57"
# ///
"""Shows when ignore_index is not -100 and occurs among the labels."""

import torch
import torch.nn.functional as F


def sequence_log_probs(logits, labels, ignore_index=-100):
    dtype = torch.promote_types(logits.dtype, torch.float32)
    predictions = logits[:, :-1].to(dtype)
    targets = labels[:, 1:]
    counted = targets != -100
    classes = targets.clamp(0, logits.shape[-1] - 1)
    log_probs = F.log_softmax(predictions, dim=-1)
    picked = log_probs.gather(-1, classes.unsqueeze(-1)).squeeze(-1)
    picked = picked.masked_fill(~counted, 0)
    return picked.sum(dim=1)
