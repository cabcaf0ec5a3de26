# drill: sft_loss
# /// wrong
# fails = "contract"
# message = "The ignored labels are set to 0 in a slice of the caller's tensor: the next pass trains on class 0 there."
# source = "https://github.com/ServiceNow/Fast-LLM/pull/253"
# ///
"""Shows when a label at positions 1 .. S-1 is ignore_index: labels changed."""

import torch
import torch.nn.functional as F


def sft_loss(logits, labels, ignore_index=-100):
    dtype = torch.promote_types(logits.dtype, torch.float32)
    predictions = logits[:, :-1].to(dtype)
    targets = labels[:, 1:]
    counted = targets != ignore_index
    classes = targets
    classes[~counted] = 0
    log_probs = F.log_softmax(predictions, dim=-1)
    nll = -log_probs.gather(-1, classes.unsqueeze(-1)).squeeze(-1)
    nll = nll.masked_fill(~counted, 0)
    return nll.sum() / counted.sum().clamp(min=1)
