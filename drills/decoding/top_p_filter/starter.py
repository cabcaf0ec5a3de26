# drill: top_p_filter
"""Top-p filter: keep the nucleus of each row, set the rest to -inf."""
import torch
from torch import Tensor

# B batch; T positions; V vocabulary.
LEDGER = {
    "cumulative": "",  # shape of the cumulative probabilities for logits [B, T, V]
    "probabilities": "",  # bytes of the float32 probabilities of bfloat16 logits [B, V]
    "order": "",  # bytes of the int64 indices that a full sort of logits [B, V] returns
    "result": "",  # bytes of the result for bfloat16 logits [B, V]
}


def top_p_filter(logits: Tensor, p: float) -> Tensor:
    """logits [..., V], p in (0, 1] -> a copy [..., V] in which only the nucleus keeps its logits."""
    raise NotImplementedError("write me")
