# drill: ring_all_reduce
# /// wrong
# fails = "contract"
# message = "One sum is listed n times, so all ranks share a storage, and writing to one result writes to all."
# ///
"""Shows in the storages of the results with 2 ranks or more; the values are right."""
import torch
from torch import Tensor


def ring_all_reduce(buffers: list[Tensor]) -> tuple[list[Tensor], list[int]]:
    if not buffers:
        raise ValueError("there must be at least one buffer")
    if any(buffer.shape != buffers[0].shape for buffer in buffers):
        raise ValueError("all buffers must have one shape")
    n = len(buffers)
    total = torch.stack([buffer.detach() for buffer in buffers]).sum(0, dtype=buffers[0].dtype)
    small, larger = divmod(total.numel(), n)
    sizes = [(small + (index < larger)) * total.element_size() for index in range(n)]
    sent = [2 * sum(sizes) - sizes[(rank + 1) % n] - sizes[(rank + 2) % n] for rank in range(n)]
    return [total] * n, sent
