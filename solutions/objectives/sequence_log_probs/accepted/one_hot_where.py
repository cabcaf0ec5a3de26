# drill: sequence_log_probs
"""Differs in kind: comparing the labels with all classes gives the mask that both picks and leaves out."""

import torch


def sequence_log_probs(logits, labels, ignore_index=-100):
    dtype = torch.float64 if logits.dtype == torch.float64 else torch.float32
    log_probs = torch.log_softmax(logits[:, :-1], dim=-1, dtype=dtype)
    targets = labels[:, 1:, None]
    classes = torch.arange(logits.size(-1), device=logits.device)
    chosen = (targets == classes) & (targets != ignore_index)
    return torch.where(chosen, log_probs, torch.zeros_like(log_probs)).sum(dim=(1, 2))
