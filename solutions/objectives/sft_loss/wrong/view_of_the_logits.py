# drill: sft_loss
# /// wrong
# fails = "shape"
# message = "view needs contiguous memory, so logits that are a transposed or expanded view raise."
# ///
"""Shows when logits is not contiguous: view raises; contiguous logits are right."""

import torch
import torch.nn.functional as F


def sft_loss(logits, labels, ignore_index=-100):
    dtype = torch.promote_types(logits.dtype, torch.float32)
    predictions = logits.view(-1, logits.shape[-1]).to(dtype)
    targets = F.pad(labels[:, 1:], (0, 1), value=ignore_index).flatten()
    counted = targets != ignore_index
    classes = targets.masked_fill(~counted, 0)
    log_probs = F.log_softmax(predictions, dim=-1)
    nll = -log_probs.gather(-1, classes.unsqueeze(-1)).squeeze(-1)
    nll = nll.masked_fill(~counted, 0)
    return nll.sum() / counted.sum().clamp(min=1)
