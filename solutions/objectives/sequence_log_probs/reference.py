# drill: sequence_log_probs
"""The probability of a response is the product of its tokens' probabilities, so its log is a sum, and padding adds 0.
The log-softmax is one function, because a probability far from the maximum is 0 and its log would be -inf.
"""

import torch
from torch import Tensor

LEDGER = {
    "log_probs": "[B, S - 1, V]",
    "index": "[B, S - 1, 1]",
    "result": "[B]",
    "log_prob_bytes": "4 * B * (S - 1) * V",
}


def sequence_log_probs(logits: Tensor, labels: Tensor, ignore_index: int = -100) -> Tensor:
    """logits [B, S, V], labels int64 [B, S] (not shifted yet) -> summed log-probabilities [B]."""
    # DPO subtracts such sums, so each token's error counts: half precision goes up to float32.
    dtype = torch.promote_types(logits.dtype, torch.float32)
    log_probs = logits[:, :-1].to(dtype).log_softmax(dim=-1)  # [B, S-1, V]

    targets = labels[:, 1:]  # [B, S-1]
    counted = targets != ignore_index  # [B, S-1]
    # gather reads before the mask is applied, and ignore_index need not be a class: any class will do there.
    classes = targets.masked_fill(~counted, 0)  # [B, S-1]

    picked = log_probs.gather(-1, classes.unsqueeze(-1)).squeeze(-1)  # [B, S-1]
    return picked.masked_fill(~counted, 0.0).sum(dim=1)  # [B]
