# drill: sft_loss
# /// wrong
# fails = "numerics"
# message = "squeeze() without a dim also drops the length when S = 2, and the mask then broadcasts to [B, B]."
# ///
"""Shows when S = 2, B >= 2 and the counted labels differ between rows; every other size is right."""

import torch
import torch.nn.functional as F


def sft_loss(logits, labels, ignore_index=-100):
    dtype = torch.promote_types(logits.dtype, torch.float32)
    predictions = logits[:, :-1].to(dtype)
    targets = labels[:, 1:]
    counted = targets != ignore_index
    classes = targets.masked_fill(~counted, 0)
    log_probs = F.log_softmax(predictions, dim=-1)
    nll = -log_probs.gather(-1, classes.unsqueeze(-1)).squeeze()
    nll = torch.where(counted, nll, 0)
    return nll.sum() / counted.sum().clamp(min=1)
