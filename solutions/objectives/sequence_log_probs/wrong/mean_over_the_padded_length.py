# drill: sequence_log_probs
# /// wrong
# fails = "numerics"
# message = "mean(dim=1) divides by the padded length, so the same response scores differently in a longer batch."
# source = "https://github.com/jingyaogong/minimind/issues/298"
# ///
"""Shows when S >= 3 and a row has a counted label; at S = 2 sum and mean agree."""

import torch
import torch.nn.functional as F


def sequence_log_probs(logits, labels, ignore_index=-100):
    dtype = torch.promote_types(logits.dtype, torch.float32)
    predictions = logits[:, :-1].to(dtype)
    targets = labels[:, 1:]
    counted = targets != ignore_index
    classes = targets.masked_fill(~counted, 0)
    log_probs = F.log_softmax(predictions, dim=-1)
    picked = log_probs.gather(-1, classes.unsqueeze(-1)).squeeze(-1)
    picked = picked.masked_fill(~counted, 0)
    return picked.mean(dim=1) if picked.shape[1] else picked.sum(dim=1)
