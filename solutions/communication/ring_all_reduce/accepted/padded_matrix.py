# drill: ring_all_reduce
"""Differs in kind: all ranks at once in one [rank, chunk, element] tensor, shifted by roll; padding is not counted."""
import torch


def ring_all_reduce(buffers):
    if not buffers or len({buffer.shape for buffer in buffers}) != 1:
        raise ValueError("buffers must be of one shape, and there must be one at least")
    n, length = len(buffers), buffers[0].numel()
    width = -(-length // n)
    state = buffers[0].new_zeros((n, n * width))  # [n, n * width]
    state[:, :length] = torch.stack([buffer.detach() for buffer in buffers])
    state = state.reshape(n, n, width)  # [rank, chunk, width]
    real = [max(0, min(width, length - chunk * width)) for chunk in range(n)]
    ranks = torch.arange(n, device=state.device)
    sent = [0] * n
    for step in range(2 * (n - 1)):
        reducing = step < n - 1
        chunk = (ranks - step) % n if reducing else (ranks - (step - n)) % n  # [n]
        messages = state[ranks, chunk].roll(1, 0)  # what each rank gets from its left neighbour, [n, width]
        arrived = chunk.roll(1, 0)  # which chunk that is, [n]
        kept = state[ranks, arrived] if reducing else torch.zeros_like(messages)
        state[ranks, arrived] = kept + messages
        for rank in range(n):
            sent[rank] += real[(rank - step) % n if reducing else (rank - step + n) % n] * state.element_size()
    return [row.reshape(-1)[:length].clone() for row in state], sent
