# drill: ring_all_reduce
# /// wrong
# fails = "numerics"
# message = "2 (n - 1) / n of the elements is rounded down for each rank, so the ranks send too little together."
# ///
"""Shows in the sum of the sent bytes when n does not divide twice the elements of one buffer."""
import torch
from torch import Tensor


def ring_all_reduce(buffers: list[Tensor]) -> tuple[list[Tensor], list[int]]:
    if not buffers:
        raise ValueError("there must be at least one buffer")
    if any(buffer.shape != buffers[0].shape for buffer in buffers):
        raise ValueError("all buffers must have one shape")
    n = len(buffers)
    total = torch.stack([buffer.detach() for buffer in buffers]).sum(0, dtype=buffers[0].dtype)
    sent = [2 * (n - 1) * total.numel() // n * total.element_size()] * n
    return [total.clone() for _ in range(n)], sent
