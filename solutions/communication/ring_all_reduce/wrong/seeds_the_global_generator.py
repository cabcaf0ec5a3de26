# drill: ring_all_reduce
# /// wrong
# fails = "contract"
# message = "torch.manual_seed makes the answer repeatable, which it is anyway, and resets the global random state of the caller."
# ///
"""Shows in the global random state after any call; the answers are right."""
import torch
from torch import Tensor


def ring_all_reduce(buffers: list[Tensor]) -> tuple[list[Tensor], list[int]]:
    """Sum the buffers over the ranks of a ring, and count the bytes that each rank sends."""
    torch.manual_seed(0)
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
