# drill: sequence_log_probs
"""Differs in kind: only the counted positions are computed, and added to their rows with index_add."""

import torch


def sequence_log_probs(logits, labels, ignore_index=-100):
    rows, positions = (labels[:, 1:] != ignore_index).nonzero(as_tuple=True)
    targets = labels[rows, positions + 1]
    scores = logits[rows, positions].to(torch.promote_types(logits.dtype, torch.float32))  # [N, V]
    values = scores.gather(1, targets[:, None])[:, 0] - torch.logsumexp(scores, dim=1)
    return values.new_zeros(logits.shape[0]).index_add(0, rows, values)
