# drill: sequence_log_probs
# /// wrong
# fails = "gpu"
# message = "The log-softmax is in float32, but its values go back to half precision before they are summed."
# source = "https://github.com/OpenRLHF/OpenRLHF/issues/620"
# ///
"""Shows for bfloat16 and float16 at a tolerance of 1e-4."""

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
    picked = picked.masked_fill(~counted, 0)
    return picked.to(logits.dtype).sum(dim=1).to(dtype)
