# drill: ring_all_reduce
# /// wrong
# fails = "numerics"
# message = "Every element counts 4 bytes, which holds for float32 and int32 alone."
# ///
"""Shows in the sent bytes for float64, int64, half precision and small integers."""
import torch
from torch import Tensor


def ring_all_reduce(buffers: list[Tensor]) -> tuple[list[Tensor], list[int]]:
    if not buffers:
        raise ValueError("there must be at least one buffer")
    if any(buffer.shape != buffers[0].shape for buffer in buffers):
        raise ValueError("all buffers must have one shape")
    n = len(buffers)
    chunks = [list(buffer.detach().clone().tensor_split(n)) for buffer in buffers]
    sent = [0] * n

    for step in range(n - 1):
        messages = [chunks[rank][(rank - step) % n] for rank in range(n)]
        for rank, message in enumerate(messages):
            right, index = (rank + 1) % n, (rank - step) % n
            chunks[right][index] = chunks[right][index] + message
            sent[rank] += message.numel() * 4

    for step in range(n - 1):
        messages = [chunks[rank][(rank + 1 - step) % n] for rank in range(n)]
        for rank, message in enumerate(messages):
            right, index = (rank + 1) % n, (rank + 1 - step) % n
            chunks[right][index] = message
            sent[rank] += message.numel() * 4

    return [torch.cat(own) for own in chunks], sent
