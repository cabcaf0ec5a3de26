# drill: ring_all_reduce
# /// wrong
# fails = "numerics"
# message = "Everything is summed in float32, which loses digits of float64 and of integers above 2**24."
# ///
"""Shows for float64 to about 1e-7 relative, and for int32 and int64 sums above 2**24."""
import torch
from torch import Tensor


def ring_all_reduce(buffers: list[Tensor]) -> tuple[list[Tensor], list[int]]:
    if not buffers:
        raise ValueError("there must be at least one buffer")
    if any(buffer.shape != buffers[0].shape for buffer in buffers):
        raise ValueError("all buffers must have one shape")
    n = len(buffers)
    total = torch.stack([buffer.detach() for buffer in buffers]).sum(0, dtype=torch.float32).to(buffers[0].dtype)
    small, larger = divmod(total.numel(), n)
    sizes = [(small + (index < larger)) * total.element_size() for index in range(n)]
    sent = [2 * sum(sizes) - sizes[(rank + 1) % n] - sizes[(rank + 2) % n] for rank in range(n)]
    return [total.clone() for _ in range(n)], sent
