# drill: top_k_filter
"""Top-k filter: set every logit below the k-th largest of its row to -inf."""
import torch
from torch import Tensor

LEDGER = {
    "top": "",
    "threshold": "",
    "indices": "",
    "result": "",
}


def top_k_filter(logits: Tensor, k: int) -> Tensor:
    """logits [..., V], k >= 1 -> a copy [..., V] with -inf below the k-th largest of each row."""
    raise NotImplementedError("write me")
