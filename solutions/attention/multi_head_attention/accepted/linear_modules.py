# drill: multi_head_attention
"""Runs the weights through a module of nn.Linear layers by functional_call, so the given tensors stay in the graph; the
layers' own initial values are drawn and never used."""

import torch
from torch import Tensor, nn


class Block(nn.Module):
    def __init__(self, width: int, n_heads: int, like: Tensor) -> None:
        super().__init__()
        self.n_heads = n_heads
        self.q, self.k, self.v, self.o = (
            nn.Linear(width, width, bias=False, device=like.device, dtype=like.dtype) for _ in range(4)
        )

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = (layer(x).unflatten(-1, (self.n_heads, -1)).movedim(2, 1) for layer in (self.q, self.k, self.v))
        scores = (q @ k.mT) * q.shape[-1] ** -0.5
        visible = torch.ones_like(scores, dtype=torch.bool).tril()
        weights = nn.functional.softmax(scores.where(visible, -torch.inf), dim=-1)
        return self.o((weights @ v).movedim(1, 2).flatten(2))


def multi_head_attention(x: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor, w_o: Tensor, n_heads: int) -> Tensor:
    width = x.shape[-1]
    if width % n_heads != 0:
        raise ValueError(f"{n_heads} heads do not divide {width} lanes")
    weights = {"q.weight": w_q, "k.weight": w_k, "v.weight": w_v, "o.weight": w_o}
    return torch.func.functional_call(Block(width, n_heads, x), weights, (x,))
