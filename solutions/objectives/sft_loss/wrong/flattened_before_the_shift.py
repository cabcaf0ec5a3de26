# drill: sft_loss
# /// wrong
# fails = "numerics"
# message = "The batch is flattened before the shift, so a row's last logits are trained on the next row's first label."
# source = "https://github.com/huggingface/transformers/issues/47394"
# ///
"""Shows when B >= 2 and some labels[1:, 0] is not ignore_index."""

import torch
import torch.nn.functional as F


def sft_loss(logits, labels, ignore_index=-100):
    dtype = torch.promote_types(logits.dtype, torch.float32)
    predictions = logits.reshape(-1, logits.shape[-1])[:-1].to(dtype)
    targets = labels.reshape(-1)[1:]
    counted = targets != ignore_index
    classes = targets.masked_fill(~counted, 0)
    log_probs = F.log_softmax(predictions, dim=-1)
    nll = -log_probs.gather(-1, classes.unsqueeze(-1)).squeeze(-1)
    nll = nll.masked_fill(~counted, 0)
    return nll.sum() / counted.sum().clamp(min=1)
