# drill: sequence_log_probs
from torch import Tensor

# B batch, S tokens per row, V vocabulary.
LEDGER = {
    "log_probs": "",  # shape of the log-softmax that the labels are picked from
    "index": "",  # shape of the index that gather needs to pick one entry per position
    "result": "",  # shape of the result
    "log_prob_bytes": "",  # bytes of the float32 log-softmax
}


def sequence_log_probs(logits: Tensor, labels: Tensor, ignore_index: int = -100) -> Tensor:
    """logits [B, S, V], labels int64 [B, S] (not shifted yet) -> summed log-probabilities [B]."""
    raise NotImplementedError("write me")
