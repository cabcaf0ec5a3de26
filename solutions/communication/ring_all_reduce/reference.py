# drill: ring_all_reduce
"""Each buffer is cut into n chunks, and each chunk goes around the ring once to be summed and once to be copied.

In step s of the first phase rank r passes on chunk r - s, so after n - 1 steps it holds the whole sum of chunk r + 1.
The second phase only copies, which is why all ranks end with the same bits. Each rank sends 2(n-1)/n of its buffer.
"""
import torch
from torch import Tensor

LEDGER = {
    "chunk": "[N // n]",
    "steps": "2 * (n - 1)",
    "sent_per_rank": "2 * (n - 1) * (N // n) * e",
    "sent_together": "2 * (n - 1) * N * e",
}


def ring_all_reduce(buffers: list[Tensor]) -> tuple[list[Tensor], list[int]]:
    """Sum the buffers over the ranks of a ring, and count the bytes that each rank sends."""
    if not buffers:
        raise ValueError("there must be at least one buffer")
    shapes = {tuple(buffer.shape) for buffer in buffers}
    if len(shapes) > 1:
        raise ValueError(f"all buffers must have one shape, got {sorted(shapes)}")

    n = len(buffers)
    # tensor_split gives n chunks for every N, some of them empty; torch.chunk may give fewer.
    chunks = [list(buffer.detach().tensor_split(n)) for buffer in buffers]  # chunks[rank][index]
    sent = [0] * n

    for phase in ("reduce-scatter", "all-gather"):
        for step in range(n - 1):
            # All ranks send at the same time, so all messages are taken before any is received.
            first = 0 if phase == "reduce-scatter" else 1
            indices = [(rank + first - step) % n for rank in range(n)]
            messages = [chunks[rank][indices[rank]] for rank in range(n)]
            for rank in range(n):
                right = (rank + 1) % n
                index, message = indices[rank], messages[rank]
                sent[rank] += message.numel() * message.element_size()
                if phase == "reduce-scatter":
                    chunks[right][index] = chunks[right][index] + message  # a new tensor: inputs stay as they are
                else:
                    chunks[right][index] = message

    # Ranks still share chunks here; cat copies them into one new tensor per rank.
    return [torch.cat(own) for own in chunks], sent  # n tensors of shape [N]
