# drill: mla_attention
"""Loops over the heads, each with its own rows of the weights, and adds up what each head contributes through its
columns of w_o; the mask is additive."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor


def mla_attention(
    x: Tensor, w_q: Tensor, w_dkv: Tensor, w_uk: Tensor, w_uv: Tensor, w_o: Tensor, n_heads: int
) -> Tensor:
    for weight in (w_q, w_uk, w_uv):
        if len(weight) % n_heads != 0:
            raise ValueError(f"{len(weight)} rows for {n_heads} heads")
    latent = F.linear(x, w_dkv)
    mask = torch.full((x.shape[1], x.shape[1]), float("-inf"), dtype=x.dtype, device=x.device).triu(1)
    parts = zip(w_q.chunk(n_heads), w_uk.chunk(n_heads), w_uv.chunk(n_heads), w_o.chunk(n_heads, dim=1), strict=True)
    result = None
    for wq, wuk, wuv, wo in parts:
        scores = torch.bmm(F.linear(x, wq), F.linear(latent, wuk).mT) / math.sqrt(len(wq)) + mask
        part = F.linear(torch.bmm(scores.softmax(dim=-1), F.linear(latent, wuv)), wo)
        result = part if result is None else result + part
    return result
