# drill: ring_all_reduce
"""Differs in kind: no steps. The sum is taken once and copied, the bytes follow from which chunks a rank skips."""
from functools import reduce
from operator import add


def ring_all_reduce(buffers):
    if len(buffers) == 0:
        raise ValueError("no buffers")
    if any(buffer.shape != buffers[0].shape for buffer in buffers):
        raise ValueError("buffers differ in shape")
    n = len(buffers)
    total = reduce(add, [buffer.detach() for buffer in buffers])  # [N]
    small, larger = divmod(total.numel(), n)
    sizes = [(small + (index < larger)) * total.element_size() for index in range(n)]
    # Rank r sends all chunks but r + 1 while reducing, and all but r + 2 while gathering.
    sent = [2 * sum(sizes) - sizes[(rank + 1) % n] - sizes[(rank + 2) % n] for rank in range(n)]
    return [total.clone() for _ in range(n)], sent
