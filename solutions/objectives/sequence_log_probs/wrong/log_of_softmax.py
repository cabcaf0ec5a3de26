# drill: sequence_log_probs
# /// wrong
# fails = "finiteness"
# message = "The softmax is formed first: its value is 0 for a logit far below the maximum, and the log of it is -inf."
# source = "https://github.com/tenstorrent/pytorch2.0_ttnn/issues/1341"
# ///
"""Shows when the label's logit is more than about 104 below the row's maximum (745 in float64)."""

import torch
import torch.nn.functional as F


def sequence_log_probs(logits, labels, ignore_index=-100):
    dtype = torch.promote_types(logits.dtype, torch.float32)
    predictions = logits[:, :-1].to(dtype)
    targets = labels[:, 1:]
    counted = targets != ignore_index
    classes = targets.masked_fill(~counted, 0)
    log_probs = torch.log(F.softmax(predictions, dim=-1))
    picked = log_probs.gather(-1, classes.unsqueeze(-1)).squeeze(-1)
    picked = picked.masked_fill(~counted, 0)
    return picked.sum(dim=1)
