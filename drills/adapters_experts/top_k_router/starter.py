# drill: top_k_router
from torch import Tensor

# N tokens; E experts; k experts for each token.
LEDGER = {
    "weights": "",  # shape of the weights
    "index_bytes": "",  # bytes of the chosen experts as int64
    "dense_bytes": "",  # bytes of the same weights as a dense float32 matrix over all experts, zeros included
}


def top_k_router(logits: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """Choose the k largest logits of each row, largest first, and weight them by a softmax over those k alone.

    logits [N, E] -> (weights [N, k], experts int64 [N, k]). ValueError: k outside 1..E.
    """
    raise NotImplementedError("write me")
