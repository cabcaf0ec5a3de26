# drill: sequence_log_probs
# /// wrong
# fails = "contract"
# message = "The global random state is reseeded on every call, so whatever the training loop draws afterwards repeats."
# ///
"""Shows always: the global random state differs after the call."""

import torch
import torch.nn.functional as F


def sequence_log_probs(logits, labels, ignore_index=-100):
    torch.manual_seed(0)
    dtype = torch.promote_types(logits.dtype, torch.float32)
    predictions = logits[:, :-1].to(dtype)
    targets = labels[:, 1:]
    counted = targets != ignore_index
    classes = targets.masked_fill(~counted, 0)
    log_probs = F.log_softmax(predictions, dim=-1)
    picked = log_probs.gather(-1, classes.unsqueeze(-1)).squeeze(-1)
    picked = picked.masked_fill(~counted, 0)
    return picked.sum(dim=1)
