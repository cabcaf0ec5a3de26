# drill: ring_all_reduce
# /// wrong
# fails = "contract"
# message = "Chunks are views of the buffers of the caller and are added to in place, so the inputs change."
# source = "https://github.com/pytorch/xla/issues/2134"
# ///
"""Shows in the buffers after the call, with 2 ranks or more; expanded buffers even fail to be written to."""
import torch
from torch import Tensor


def ring_all_reduce(buffers: list[Tensor]) -> tuple[list[Tensor], list[int]]:
    if not buffers:
        raise ValueError("there must be at least one buffer")
    if any(buffer.shape != buffers[0].shape for buffer in buffers):
        raise ValueError("all buffers must have one shape")
    n = len(buffers)
    chunks = [list(buffer.detach().tensor_split(n)) for buffer in buffers]
    sent = [0] * n

    for step in range(n - 1):
        messages = [chunks[rank][(rank - step) % n] for rank in range(n)]
        for rank, message in enumerate(messages):
            right, index = (rank + 1) % n, (rank - step) % n
            chunks[right][index].add_(message)
            sent[rank] += message.numel() * message.element_size()

    for step in range(n - 1):
        messages = [chunks[rank][(rank + 1 - step) % n] for rank in range(n)]
        for rank, message in enumerate(messages):
            right, index = (rank + 1) % n, (rank + 1 - step) % n
            chunks[right][index] = message
            sent[rank] += message.numel() * message.element_size()

    return [torch.cat(own) for own in chunks], sent
