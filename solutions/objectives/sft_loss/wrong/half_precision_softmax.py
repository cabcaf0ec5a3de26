# drill: sft_loss
# /// wrong
# fails = "gpu"
# message = "The log-softmax runs in half precision and only its result is upcast, so each token's loss keeps 3 digits."
# source = "https://github.com/google-deepmind/optax/issues/1020"
# ///
"""Shows for bfloat16 (about 1e-2 relative) and float16 at a tolerance of 1e-4."""

import torch
import torch.nn.functional as F


def sft_loss(logits, labels, ignore_index=-100):
    dtype = torch.promote_types(logits.dtype, torch.float32)
    targets = labels[:, 1:]
    counted = targets != ignore_index
    classes = targets.masked_fill(~counted, 0)
    log_probs = F.log_softmax(logits[:, :-1], dim=-1).to(dtype)
    nll = -log_probs.gather(-1, classes.unsqueeze(-1)).squeeze(-1)
    nll = nll.masked_fill(~counted, 0)
    return nll.sum() / counted.sum().clamp(min=1)
