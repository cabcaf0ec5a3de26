# drill: ring_all_reduce
"""Differs in kind: rank objects with an inbox; half precision is summed in float32 and rounded once at the end."""
import torch


class Rank:
    def __init__(self, buffer, n):
        wide = torch.float32 if buffer.dtype in (torch.float16, torch.bfloat16) else buffer.dtype
        self.dtype = buffer.dtype
        self.width = buffer.element_size()
        self.chunks = [part.clone() for part in torch.tensor_split(buffer.detach().to(wide), n)]
        self.inbox = None
        self.sent = 0

    def send(self, index, other):
        other.inbox = index, self.chunks[index]
        self.sent += self.chunks[index].numel() * self.width

    def add(self):
        index, chunk = self.inbox
        self.chunks[index] = self.chunks[index] + chunk

    def replace(self):
        index, chunk = self.inbox
        self.chunks[index] = chunk.clone()

    def result(self):
        return torch.cat(self.chunks).to(self.dtype)


def ring_all_reduce(buffers):
    if not len(buffers):
        raise ValueError("empty list of buffers")
    if not all(buffer.size() == buffers[0].size() for buffer in buffers):
        raise ValueError("buffers of different shapes")
    n = len(buffers)
    ring = [Rank(buffer, n) for buffer in buffers]
    for shift, receive in ((0, Rank.add), (1, Rank.replace)):
        for step in range(n - 1):
            for position, rank in enumerate(ring):
                rank.send((position + shift - step) % n, ring[(position + 1) % n])
            for rank in ring:
                receive(rank)
    return [rank.result() for rank in ring], [rank.sent for rank in ring]
