# drill: ring_all_reduce
# /// wrong
# fails = "contract"
# message = "The result tensors are kept and filled again by the next call, so it overwrites what an earlier one returned."
# ///
"""Shows when an earlier result is looked at after a second call with as many buffers of the same length and dtype."""
import torch
from torch import Tensor

RESULTS = {}


def ring_all_reduce(buffers: list[Tensor]) -> tuple[list[Tensor], list[int]]:
    if not buffers:
        raise ValueError("there must be at least one buffer")
    if len({tuple(buffer.shape) for buffer in buffers}) > 1:
        raise ValueError("all buffers must have one shape")
    n = len(buffers)
    chunks = [list(buffer.detach().tensor_split(n)) for buffer in buffers]
    sent = [0] * n
    for first in (0, 1):
        for step in range(n - 1):
            indices = [(rank + first - step) % n for rank in range(n)]
            messages = [chunks[rank][indices[rank]] for rank in range(n)]
            for rank in range(n):
                right, index = (rank + 1) % n, indices[rank]
                sent[rank] += messages[rank].numel() * messages[rank].element_size()
                chunks[right][index] = messages[rank] if first else chunks[right][index] + messages[rank]
    key = (n, buffers[0].shape, buffers[0].dtype, str(buffers[0].device))
    if key not in RESULTS:
        RESULTS[key] = [torch.empty_like(buffers[0], memory_format=torch.contiguous_format) for _ in buffers]
    for result, own in zip(RESULTS[key], chunks, strict=True):
        result.detach().copy_(torch.cat(own))
    return list(RESULTS[key]), sent
