# drill: ring_all_reduce
"""Differs in kind: works in place on a private copy per rank, through views into it, without collecting messages."""
import torch


def ring_all_reduce(buffers):
    if not buffers:
        raise ValueError("at least one buffer is needed")
    for buffer in buffers[1:]:
        if buffer.shape != buffers[0].shape:
            raise ValueError(f"shape {tuple(buffer.shape)} differs from {tuple(buffers[0].shape)}")
    n, length = len(buffers), buffers[0].shape[0]
    edges = [length * index // n for index in range(n + 1)]
    own = [torch.clone(buffer.detach(), memory_format=torch.contiguous_format) for buffer in buffers]
    sent = [0 for _ in buffers]
    # No two ranks send the same chunk in a step, so receiving right away disturbs no later send of that step.
    for step in range(2 * n - 2):
        for rank in range(n):
            chunk = (rank - step) % n if step < n - 1 else (rank + n - step) % n
            part = slice(edges[chunk], edges[chunk + 1])
            message, target = own[rank][part], own[(rank + 1) % n][part]
            if step < n - 1:
                target.add_(message)
            else:
                target.copy_(message)
            sent[rank] += message.nelement() * message.element_size()
    return own, sent
