# drill: ring_all_reduce
# /// wrong
# fails = "shape"
# message = "sum() turns small integers into int64, but the result has the dtype of the buffers."
# source = "https://github.com/pytorch/pytorch/issues/82159"
# ///
"""Shows in dtype and bytes for int32, int16, int8 and uint8 buffers."""
import torch
from torch import Tensor


def ring_all_reduce(buffers: list[Tensor]) -> tuple[list[Tensor], list[int]]:
    if not buffers:
        raise ValueError("there must be at least one buffer")
    if any(buffer.shape != buffers[0].shape for buffer in buffers):
        raise ValueError("all buffers must have one shape")
    n = len(buffers)
    total = torch.stack([buffer.detach() for buffer in buffers]).sum(0)
    small, larger = divmod(total.numel(), n)
    sizes = [(small + (index < larger)) * buffers[0].element_size() for index in range(n)]
    sent = [2 * sum(sizes) - sizes[(rank + 1) % n] - sizes[(rank + 2) % n] for rank in range(n)]
    return [total.clone() for _ in range(n)], sent
