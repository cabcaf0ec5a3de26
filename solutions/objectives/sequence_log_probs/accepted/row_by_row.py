# drill: sequence_log_probs
"""Differs in kind: a loop over the rows; an empty selection sums to 0 and stays on the graph."""

import torch


def _row(logits, labels, ignore_index):
    logits, labels = logits[:-1], labels[1:]
    keep = labels != ignore_index
    log_probs = torch.log_softmax(logits[keep], dim=-1)
    picked = log_probs[torch.arange(log_probs.shape[0], device=labels.device), labels[keep]]
    return picked.sum()


def sequence_log_probs(logits, labels, ignore_index=-100):
    if logits.dtype in (torch.bfloat16, torch.float16):
        logits = logits.float()
    return torch.stack([_row(x, y, ignore_index) for x, y in zip(logits, labels, strict=True)])
