# drill: sequence_log_probs
# /// wrong
# fails = "numerics"
# message = "Ignored labels are made valid for gather but not left out, so prompt and padding add log p of class 0."
# source = "https://github.com/OpenRLHF/OpenRLHF/issues/235"
# ///
"""Shows when a label at positions 1 .. S-1 is ignore_index and V >= 2."""

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
    return picked.sum(dim=1)
