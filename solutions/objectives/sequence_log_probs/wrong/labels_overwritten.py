# drill: sequence_log_probs
# /// wrong
# fails = "contract"
# message = "labels[labels == ignore_index] = 0 writes into the caller's tensor: the next model scores the padding."
# source = "https://github.com/allenai/open-instruct/pull/1817"
# ///
"""Shows when a label at positions 1 .. S-1 is ignore_index: labels changed."""

import torch
import torch.nn.functional as F


def sequence_log_probs(logits, labels, ignore_index=-100):
    dtype = torch.promote_types(logits.dtype, torch.float32)
    predictions = logits[:, :-1].to(dtype)
    targets = labels[:, 1:]
    counted = targets != ignore_index
    classes = targets
    classes[classes == ignore_index] = 0
    log_probs = F.log_softmax(predictions, dim=-1)
    picked = log_probs.gather(-1, classes.unsqueeze(-1)).squeeze(-1)
    picked = picked.masked_fill(~counted, 0)
    return picked.sum(dim=1)
