# drill: sequence_log_probs
# /// wrong
# fails = "numerics"
# message = "The label's logit is picked without the log-softmax, so the score is not normalised over the vocabulary."
# source = "https://github.com/huggingface/trl/issues/1061"
# ///
"""Shows whenever a label counts; adding a constant to the logits must not change the result."""

import torch


def sequence_log_probs(logits, labels, ignore_index=-100):
    dtype = torch.promote_types(logits.dtype, torch.float32)
    predictions = logits[:, :-1].to(dtype)
    targets = labels[:, 1:]
    counted = targets != ignore_index
    classes = targets.masked_fill(~counted, 0)
    log_probs = predictions
    picked = log_probs.gather(-1, classes.unsqueeze(-1)).squeeze(-1)
    picked = picked.masked_fill(~counted, 0)
    return picked.sum(dim=1)
