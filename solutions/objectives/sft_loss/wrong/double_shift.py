# drill: sft_loss
# /// wrong
# fails = "numerics"
# message = "The labels are shifted twice, so position s is trained on the label at s + 2."
# source = "https://github.com/huggingface/transformers/issues/37830"
# ///
"""Shows when S >= 2: the label at position 1 never matters."""

import torch
import torch.nn.functional as F


def sft_loss(logits, labels, ignore_index=-100):
    dtype = torch.promote_types(logits.dtype, torch.float32)
    predictions = logits[:, :-2].to(dtype)
    targets = labels[:, 2:]
    counted = targets != ignore_index
    classes = targets.masked_fill(~counted, 0)
    log_probs = F.log_softmax(predictions, dim=-1)
    nll = -log_probs.gather(-1, classes.unsqueeze(-1)).squeeze(-1)
    nll = nll.masked_fill(~counted, 0)
    return nll.sum() / counted.sum().clamp(min=1)
