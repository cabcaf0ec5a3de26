# drill: multi_query_attention
"""Runs the weights through a module of nn.Linear layers by functional_call, so the given tensors stay in the graph; the
layers' own initial values are drawn and never used."""

import torch
from torch import Tensor, nn


class Block(nn.Module):
    def __init__(self, width: int, n_heads: int, like: Tensor) -> None:
        super().__init__()
        self.n_heads = n_heads
        self.q, self.k, self.v, self.o = (
            nn.Linear(width, rows, bias=False, device=like.device, dtype=like.dtype)
            for rows in (width, width // n_heads, width // n_heads, width)
        )

    def forward(self, x: Tensor) -> Tensor:
        q = self.q(x).unflatten(-1, (self.n_heads, -1)).movedim(2, 0)  # [H, B, S, Dh]
        k, v = self.k(x), self.v(x)  # [B, S, Dh]
        scores = (q @ k.mT) * q.shape[-1] ** -0.5
        visible = torch.ones_like(scores, dtype=torch.bool).tril()
        weights = nn.functional.softmax(scores.where(visible, -torch.inf), dim=-1)
        return self.o((weights @ v).movedim(0, 2).flatten(2))


def multi_query_attention(x: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor, w_o: Tensor, n_heads: int) -> Tensor:
    width = x.shape[-1]
    if width % n_heads != 0:
        raise ValueError(f"{n_heads} heads do not divide {width} lanes")
    if len(w_k) != width // n_heads:
        raise ValueError("w_k is not one head wide")
    weights = {"q.weight": w_q, "k.weight": w_k, "v.weight": w_v, "o.weight": w_o}
    return torch.func.functional_call(Block(width, n_heads, x), weights, (x,))
