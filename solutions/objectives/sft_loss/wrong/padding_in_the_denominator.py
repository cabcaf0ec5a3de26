# drill: sft_loss
# /// wrong
# fails = "numerics"
# message = "The sum is divided by all shifted positions, ignored ones too, so padding makes the loss smaller."
# source = "https://github.com/facebookresearch/fairseq2/pull/1455"
# ///
"""Shows when a label at positions 1 .. S-1 is ignore_index."""

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
    return nll.sum() / max(counted.numel(), 1)
