# drill: ring_all_reduce
# /// wrong
# fails = "numerics"
# message = "Buffers are padded to a multiple of n and the padding counts as sent, so the ranks send too much."
# ///
"""Shows in the sent bytes when n does not divide N."""
import torch
from torch import Tensor


def ring_all_reduce(buffers: list[Tensor]) -> tuple[list[Tensor], list[int]]:
    if not buffers:
        raise ValueError("there must be at least one buffer")
    if any(buffer.shape != buffers[0].shape for buffer in buffers):
        raise ValueError("all buffers must have one shape")
    n = len(buffers)
    length = buffers[0].numel()
    padding = (-length) % n
    padded = [torch.nn.functional.pad(buffer.detach(), (0, padding)).clone() for buffer in buffers]
    chunks = [list(buffer.tensor_split(n)) for buffer in padded]
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

    return [torch.cat(own)[:length].clone() for own in chunks], sent
