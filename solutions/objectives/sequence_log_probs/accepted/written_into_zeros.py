# drill: sequence_log_probs
"""Differs in kind: a loop over rows and positions that adds to a tensor of zeros; where nothing counts, the zeros
stay off the graph.
"""

import torch


def sequence_log_probs(logits, labels, ignore_index=-100):
    dtype = torch.float64 if logits.dtype == torch.float64 else torch.float32
    sums = torch.zeros(labels.shape[0], dtype=dtype, device=logits.device)
    for row, row_labels in enumerate(labels.tolist()):
        for position, label in enumerate(row_labels[1:]):
            if label == ignore_index:
                continue
            scores = logits[row, position].to(dtype)
            sums[row] += scores[label] - scores.logsumexp(dim=0)
    return sums
