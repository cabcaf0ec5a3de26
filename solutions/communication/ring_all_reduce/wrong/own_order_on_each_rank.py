# drill: ring_all_reduce
# /// wrong
# fails = "numerics"
# message = "Each rank sums the buffers starting at its own, so rounding differs and ranks disagree in last bits."
# source = "https://github.com/pytorch/pytorch/pull/129501"
# ///
"""Shows with 3 ranks or more in floats, in the last bits only: results have to be equal exactly."""
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
    results = []
    for rank in range(n):
        own = buffers[rank].detach().clone()
        for distance in range(1, n):
            own = own + buffers[(rank + distance) % n].detach()
        results.append(own)
    return results, sent
