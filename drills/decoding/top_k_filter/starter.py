# drill: top_k_filter
"""Top-k filter: set every logit below the k-th largest of its row to -inf."""
import torch
from torch import Tensor

# B batch; T positions; V vocabulary; k tokens asked for, at most V.
LEDGER = {
    "top": "",  # shape of the values that a top-k of logits [B, T, V] returns, k <= V
    "threshold": "",  # shape of the k-th largest logits, kept so that it broadcasts against [B, T, V]
    "indices": "",  # bytes of the int64 indices that the top-k of logits [B, V] returns beside the values
    "result": "",  # bytes of the result for bfloat16 logits [B, V]
}


def top_k_filter(logits: Tensor, k: int) -> Tensor:
    """logits [..., V], k >= 1 -> a copy [..., V] with -inf below the k-th largest of each row."""
    raise NotImplementedError("write me")
