# drill: ring_all_reduce
# /// wrong
# fails = "numerics"
# message = "torch.chunk may return fewer than n chunks, and then the ring asks for one that is not there."
# source = "https://github.com/pytorch/pytorch/issues/60531"
# ///
"""Shows as IndexError when ceil(N / n) * (n - 1) >= N, as 5 elements on 4 ranks, and where N is smaller than n."""
import torch
from torch import Tensor


def ring_all_reduce(buffers: list[Tensor]) -> tuple[list[Tensor], list[int]]:
    if not buffers:
        raise ValueError("there must be at least one buffer")
    if any(buffer.shape != buffers[0].shape for buffer in buffers):
        raise ValueError("all buffers must have one shape")
    n = len(buffers)
    chunks = [list(buffer.detach().clone().chunk(n)) for buffer in buffers]
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
