# drill: speculative_verify
"""One round of speculative sampling: accept or reject the drafted tokens, then draw one more."""
import torch
from torch import Tensor

LEDGER = {
    "target": "",
    "draft": "",
    "residual": "",
    "longest": "",
}


def speculative_verify(draft_tokens: Tensor, draft_probs: Tensor, target_probs: Tensor, uniforms: Tensor) -> list[int]:
    """draft_tokens int64 [K], draft_probs [K, V], target_probs [K + 1, V], uniforms [K + 1] -> 1 to K + 1 ints."""
    raise NotImplementedError("write me")
