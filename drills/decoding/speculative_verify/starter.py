# drill: speculative_verify
"""One round of speculative sampling: accept or reject the drafted tokens, then draw one more."""
import torch
from torch import Tensor

# K drafted tokens; V vocabulary.
LEDGER = {
    "target": "",  # bytes of target_probs in float32
    "draft": "",  # bytes of draft_probs in float32
    "residual": "",  # shape of the residual distribution of one rejection
    "longest": "",  # largest number of tokens that one round returns
}


def speculative_verify(draft_tokens: Tensor, draft_probs: Tensor, target_probs: Tensor, uniforms: Tensor) -> list[int]:
    """draft_tokens int64 [K], draft_probs [K, V], target_probs [K + 1, V], uniforms [K + 1] -> 1 to K + 1 ints."""
    raise NotImplementedError("write me")
