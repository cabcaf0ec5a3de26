# drill: multi_head_attention
"""Runs over the positions as a decoder does, with growing lists of keys and values, so causality needs no mask."""

import torch
from torch import Tensor


class Attention:
    def __init__(self, weights: tuple[Tensor, ...], n_heads: int) -> None:
        self.w_q, self.w_k, self.w_v, self.w_o = weights
        self.n_heads = n_heads
        self.keys: list[Tensor] = []
        self.values: list[Tensor] = []

    def step(self, token: Tensor) -> Tensor:
        """token [B, D] -> [B, D]"""
        q, k, v = (torch.matmul(token, w.t()).unflatten(1, (self.n_heads, -1)) for w in (self.w_q, self.w_k, self.w_v))
        self.keys.append(k)
        self.values.append(v)
        keys, values = torch.stack(self.keys, 2), torch.stack(self.values, 2)  # [B, H, t, Dh]
        scores = torch.matmul(keys, q[..., None]) / q.shape[-1] ** 0.5  # [B, H, t, 1]
        mixed = torch.matmul(scores.softmax(2).mT, values)  # [B, H, 1, Dh]
        return torch.matmul(mixed.flatten(1), self.w_o.t())


def multi_head_attention(x: Tensor, w_q: Tensor, w_k: Tensor, w_v: Tensor, w_o: Tensor, n_heads: int) -> Tensor:
    if x.shape[-1] % n_heads != 0:
        raise ValueError("n_heads must divide D")
    attention = Attention((w_q, w_k, w_v, w_o), n_heads)
    return torch.stack([attention.step(x[:, i]) for i in range(x.shape[1])], dim=1)
