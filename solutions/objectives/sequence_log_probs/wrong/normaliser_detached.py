# drill: sequence_log_probs
# /// wrong
# fails = "gradients"
# message = "The log of the normaliser is taken out of the graph, so the other classes are never pushed down."
# ///
"""Shows in the gradient alone: it is 1 at the label and 0 elsewhere."""

import torch
import torch.nn.functional as F


def sequence_log_probs(logits, labels, ignore_index=-100):
    dtype = torch.promote_types(logits.dtype, torch.float32)
    predictions = logits[:, :-1].to(dtype)
    targets = labels[:, 1:]
    counted = targets != ignore_index
    classes = targets.masked_fill(~counted, 0)
    log_probs = predictions - predictions.detach().logsumexp(dim=-1, keepdim=True)
    picked = log_probs.gather(-1, classes.unsqueeze(-1)).squeeze(-1)
    picked = picked.masked_fill(~counted, 0)
    return picked.sum(dim=1)
