# drill: sequence_log_probs
# /// wrong
# fails = "numerics"
# message = "The logits are always cast to float32 and the result back, so float64 logits lose half of their digits."
# ///
"""Shows for float64 at a tolerance of 1e-9."""

import torch
import torch.nn.functional as F


def sequence_log_probs(logits, labels, ignore_index=-100):
    dtype = torch.promote_types(logits.dtype, torch.float32)
    predictions = logits[:, :-1].float()
    targets = labels[:, 1:]
    counted = targets != ignore_index
    classes = targets.masked_fill(~counted, 0)
    log_probs = F.log_softmax(predictions, dim=-1)
    picked = log_probs.gather(-1, classes.unsqueeze(-1)).squeeze(-1)
    picked = picked.masked_fill(~counted, 0)
    return picked.sum(dim=1).to(dtype)
