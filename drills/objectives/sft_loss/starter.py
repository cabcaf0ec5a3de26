# drill: sft_loss
from torch import Tensor

# B batch, S tokens per row, V vocabulary.
LEDGER = {
    "shifted_logits": "",  # shape of the logits that predict a label
    "shifted_labels": "",  # shape of the labels that are predicted
    "logit_bytes": "",  # bytes of the whole logits in bfloat16
    "float32_bytes": "",  # bytes of a float32 copy of the logits that predict a label
}


def sft_loss(logits: Tensor, labels: Tensor, ignore_index: int = -100) -> Tensor:
    """logits [B, S, V], labels int64 [B, S] (not shifted yet) -> mean cross entropy, a scalar."""
    raise NotImplementedError("write me")
