# drill: sequence_log_probs
"""Differs in kind: the fused cross entropy without reduction, which is 0 at ignored labels, negated and summed."""

import torch.nn.functional as F


def sequence_log_probs(logits, labels, ignore_index=-100):
    scores = logits[:, :-1]
    if scores.element_size() == 2:
        scores = scores.float()
    losses = F.cross_entropy(scores.transpose(1, 2), labels[:, 1:], ignore_index=ignore_index, reduction="none")
    return -losses.sum(dim=1)
