# drill: sft_loss
# /// wrong
# fails = "finiteness"
# message = "log(sum(exp(x))) without subtracting the maximum overflows for logits above 88."
# ///
"""Shows for logits above 88 in float32 (709 in float64), or a row whose logits all are below -104."""

import torch


def sft_loss(logits, labels, ignore_index=-100):
    dtype = torch.promote_types(logits.dtype, torch.float32)
    predictions = logits[:, :-1].to(dtype)
    targets = labels[:, 1:]
    counted = targets != ignore_index
    classes = targets.masked_fill(~counted, 0)
    log_probs = predictions - predictions.exp().sum(dim=-1, keepdim=True).log()
    nll = -log_probs.gather(-1, classes.unsqueeze(-1)).squeeze(-1)
    nll = nll.masked_fill(~counted, 0)
    return nll.sum() / counted.sum().clamp(min=1)
