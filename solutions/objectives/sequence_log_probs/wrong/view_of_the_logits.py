# drill: sequence_log_probs
# /// wrong
# fails = "shape"
# message = "view needs contiguous memory, so logits that are a transposed or expanded view raise."
# ///
"""Shows when logits is not contiguous: view raises; contiguous logits are right."""

import torch
import torch.nn.functional as F


def sequence_log_probs(logits, labels, ignore_index=-100):
    dtype = torch.promote_types(logits.dtype, torch.float32)
    flat = logits.view(-1, logits.shape[-1]).to(dtype)
    predictions = flat.unflatten(0, labels.shape)[:, :-1]
    targets = labels[:, 1:]
    counted = targets != ignore_index
    classes = targets.masked_fill(~counted, 0)
    log_probs = F.log_softmax(predictions, dim=-1)
    picked = log_probs.gather(-1, classes.unsqueeze(-1)).squeeze(-1)
    picked = picked.masked_fill(~counted, 0)
    return picked.sum(dim=1)
