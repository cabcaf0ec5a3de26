# drill: ring_all_reduce
"""Ring all-reduce: fill in the ledger first, then the function."""
from torch import Tensor

LEDGER = {
    "chunk": "",  # shape of one chunk, in N, n
    "steps": "",  # of both phases together
    "sent_per_rank": "",  # bytes, with e bytes per element
    "sent_together": "",  # bytes of all ranks
}


def ring_all_reduce(buffers: list[Tensor]) -> tuple[list[Tensor], list[int]]:
    """Simulate a ring all-reduce (sum) over len(buffers) ranks.

    Args:
        buffers: one [N] tensor per rank, all of one dtype.

    Returns:
        The reduced [N] tensor of each rank, and the bytes that each rank sent.
    """
    raise NotImplementedError("write me")
