# drill: top_k_router
from torch import Tensor

LEDGER = {
    "weights": "",
    "index_bytes": "",
    "dense_bytes": "",
}


def top_k_router(logits: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """Choose the k largest logits of each row, largest first, and weight them by a softmax over those k alone.

    logits [N, E] -> (weights [N, k], experts int64 [N, k]). ValueError: k outside 1..E.
    """
    raise NotImplementedError("write me")
