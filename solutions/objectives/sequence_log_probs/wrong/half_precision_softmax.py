# drill: sequence_log_probs
# /// wrong
# fails = "gpu"
# message = "The log-softmax runs in half precision and only its result is upcast: each token is off by up to 0.03."
# source = "https://github.com/OpenRLHF/OpenRLHF/issues/634"
# ///
"""Shows for bfloat16 and float16 at a tolerance of 1e-4."""

import torch
import torch.nn.functional as F


def sequence_log_probs(logits, labels, ignore_index=-100):
    dtype = torch.promote_types(logits.dtype, torch.float32)
    targets = labels[:, 1:]
    counted = targets != ignore_index
    classes = targets.masked_fill(~counted, 0)
    log_probs = F.log_softmax(logits[:, :-1], dim=-1).to(dtype)
    picked = log_probs.gather(-1, classes.unsqueeze(-1)).squeeze(-1)
    picked = picked.masked_fill(~counted, 0)
    return picked.sum(dim=1)
