# drill: sequence_log_probs
"""Differs in kind: torch.distributions does the normalising, and einsum does the masked sum."""

import torch
from torch.distributions import Categorical


def sequence_log_probs(logits, labels, ignore_index=-100):
    wide = logits.to(torch.promote_types(logits.dtype, torch.float32))
    following = labels[:, 1:]
    keep = following.ne(ignore_index)
    log_probs = Categorical(logits=wide[:, :-1], validate_args=False).log_prob(following * keep)
    return torch.einsum("bs,bs->b", log_probs, keep.to(log_probs.dtype))
