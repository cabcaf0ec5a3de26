# drill: ring_all_reduce
# /// wrong
# fails = "numerics"
# message = "Everything is summed in float64, which holds whole numbers exactly only up to 2**53."
# ///
"""Shows for int64 sums above 2**53; every other dtype comes out right."""
import torch
from torch import Tensor


def ring_all_reduce(buffers: list[Tensor]) -> tuple[list[Tensor], list[int]]:
    if not buffers:
        raise ValueError("there must be at least one buffer")
    if len({tuple(buffer.shape) for buffer in buffers}) > 1:
        raise ValueError("all buffers must have one shape")
    n = len(buffers)
    chunks = [list(buffer.detach().double().tensor_split(n)) for buffer in buffers]
    width = buffers[0].element_size()
    sent = [0] * n
    for first in (0, 1):
        for step in range(n - 1):
            indices = [(rank + first - step) % n for rank in range(n)]
            messages = [chunks[rank][indices[rank]] for rank in range(n)]
            for rank in range(n):
                right, index = (rank + 1) % n, indices[rank]
                sent[rank] += messages[rank].numel() * width
                chunks[right][index] = messages[rank] if first else chunks[right][index] + messages[rank]
    return [torch.cat(own).to(buffers[0].dtype, copy=True) for own in chunks], sent
