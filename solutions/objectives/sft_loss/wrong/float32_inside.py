# drill: sft_loss
# /// wrong
# fails = "numerics"
# message = "The logits are always cast to float32 and the loss back, so float64 logits lose half of their digits."
# ///
"""Shows for float64 at a tolerance of 1e-9."""

import torch
import torch.nn.functional as F


def sft_loss(logits, labels, ignore_index=-100):
    dtype = torch.promote_types(logits.dtype, torch.float32)
    predictions = logits[:, :-1].float()
    targets = labels[:, 1:]
    counted = targets != ignore_index
    classes = targets.masked_fill(~counted, 0)
    log_probs = F.log_softmax(predictions, dim=-1)
    nll = -log_probs.gather(-1, classes.unsqueeze(-1)).squeeze(-1)
    nll = nll.masked_fill(~counted, 0)
    loss = nll.sum() / counted.sum().clamp(min=1)
    return loss.to(dtype)
