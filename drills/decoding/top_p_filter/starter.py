# drill: top_p_filter
"""Top-p filter: keep the nucleus of each row, set the rest to -inf."""
import torch
from torch import Tensor

LEDGER = {
    "cumulative": "",
    "probabilities": "",
    "order": "",
    "result": "",
}


def top_p_filter(logits: Tensor, p: float) -> Tensor:
    """logits [..., V], p in (0, 1] -> a copy [..., V] in which only the nucleus keeps its logits."""
    raise NotImplementedError("write me")
