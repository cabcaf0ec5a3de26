# drill: sft_loss
# /// wrong
# fails = "gpu"
# message = "The mask is summed in the dtype of the logits: bfloat16 holds odd counts up to 256 only, so the divisor is off."
# ///
"""Shows for bfloat16 when an odd number above 256 of labels counts (above 2048 in float16)."""

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
    return nll.sum() / counted.to(logits.dtype).sum().clamp(min=1).to(dtype)
