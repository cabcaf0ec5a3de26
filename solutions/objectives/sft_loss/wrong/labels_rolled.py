# drill: sft_loss
# /// wrong
# fails = "numerics"
# message = "torch.roll brings the first label round to the end, so a row's last logits are trained on labels[:, 0]."
# ///
"""Shows when some labels[:, 0] is not ignore_index, also when S = 1."""

import torch
import torch.nn.functional as F


def sft_loss(logits, labels, ignore_index=-100):
    dtype = torch.promote_types(logits.dtype, torch.float32)
    predictions = logits.to(dtype)
    targets = labels.roll(-1, dims=1)
    counted = targets != ignore_index
    classes = targets.masked_fill(~counted, 0)
    log_probs = F.log_softmax(predictions, dim=-1)
    nll = -log_probs.gather(-1, classes.unsqueeze(-1)).squeeze(-1)
    nll = nll.masked_fill(~counted, 0)
    return nll.sum() / counted.sum().clamp(min=1)
