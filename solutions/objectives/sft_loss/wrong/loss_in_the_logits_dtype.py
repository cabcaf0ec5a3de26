# drill: sft_loss
# /// wrong
# fails = "shape"
# message = "The loss is computed in float32 and cast back to half precision, which keeps 3 digits of it."
# source = "https://github.com/marin-community/levanter/issues/392"
# ///
"""Shows for bfloat16 and float16: loss.dtype is the dtype of the logits instead of float32."""

import torch
import torch.nn.functional as F


def sft_loss(logits, labels, ignore_index=-100):
    dtype = torch.promote_types(logits.dtype, torch.float32)
    predictions = logits[:, :-1].to(dtype)
    targets = labels[:, 1:]
    counted = targets != ignore_index
    classes = targets.masked_fill(~counted, 0)
    log_probs = F.log_softmax(predictions, dim=-1)
    nll = -log_probs.gather(-1, classes.unsqueeze(-1)).squeeze(-1)
    nll = nll.masked_fill(~counted, 0)
    loss = nll.sum() / counted.sum().clamp(min=1)
    return loss.to(logits.dtype)
