# drill: ring_all_reduce
# /// wrong
# fails = "contract"
# message = "Buffers of different lengths are not refused: they broadcast or fail with a RuntimeError."
# ///
"""Shows when two buffers differ in shape."""
import torch
from torch import Tensor


def ring_all_reduce(buffers: list[Tensor]) -> tuple[list[Tensor], list[int]]:
    if not buffers:
        raise ValueError("there must be at least one buffer")
    n = len(buffers)
    chunks = [list(buffer.detach().clone().tensor_split(n)) for buffer in buffers]
    sent = [0] * n

    for step in range(n - 1):
        messages = [chunks[rank][(rank - step) % n] for rank in range(n)]
        for rank, message in enumerate(messages):
            right, index = (rank + 1) % n, (rank - step) % n
            chunks[right][index] = chunks[right][index] + message
            sent[rank] += message.numel() * message.element_size()

    for step in range(n - 1):
        messages = [chunks[rank][(rank + 1 - step) % n] for rank in range(n)]
        for rank, message in enumerate(messages):
            right, index = (rank + 1) % n, (rank + 1 - step) % n
            chunks[right][index] = message
            sent[rank] += message.numel() * message.element_size()

    return [torch.cat(own) for own in chunks], sent
