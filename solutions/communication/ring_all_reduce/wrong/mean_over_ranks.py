# drill: ring_all_reduce
# /// wrong
# fails = "numerics"
# message = "The sum is divided by the number of ranks, as for gradients, but the sum itself is asked for."
# source = "https://github.com/meta-pytorch/torchtune/pull/2172"
# ///
"""Shows when there are 2 ranks or more and the sum is not 0."""
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
            sent[rank] += message.numel() * message.element_size()

    for step in range(n - 1):
        messages = [chunks[rank][(rank + 1 - step) % n] for rank in range(n)]
        for rank, message in enumerate(messages):
            right, index = (rank + 1) % n, (rank + 1 - step) % n
            chunks[right][index] = message
            sent[rank] += message.numel() * message.element_size()

    return [(torch.cat(own) / n).to(own[0].dtype) for own in chunks], sent
