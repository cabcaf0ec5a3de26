# drill: mla_attention
"""Never builds keys or values: w_uk is absorbed into the query and w_uv into the output, and attention runs on the
latents, in float32 for half precision."""

import torch
from torch import Tensor


def mla_attention(
    x: Tensor, w_q: Tensor, w_dkv: Tensor, w_uk: Tensor, w_uv: Tensor, w_o: Tensor, n_heads: int
) -> Tensor:
    if any(w.shape[0] % n_heads for w in (w_q, w_uk, w_uv)):
        raise ValueError("n_heads does not divide the rows of a weight")
    dtype = x.dtype
    wide = torch.promote_types(dtype, torch.float32)
    x, w_q, w_dkv, w_uk, w_uv, w_o = (t.to(wide) for t in (x, w_q, w_dkv, w_uk, w_uv, w_o))
    S, D = x.shape[1:]
    R = w_dkv.shape[0]
    uk = w_uk.reshape(n_heads, -1, R)  # [H, Dh, R]
    uv = w_uv.reshape(n_heads, -1, R)  # [H, Dv, R]
    latent = torch.einsum("bsd,rd->bsr", x, w_dkv)
    q = torch.einsum("bsd,hed->bhse", x, w_q.reshape(n_heads, -1, D))
    absorbed = torch.einsum("bhse,her->bhsr", q, uk) * uk.shape[1] ** -0.5
    scores = torch.einsum("bhsr,btr->bhst", absorbed, latent)
    future = torch.ones(S, S, dtype=torch.bool, device=x.device).triu(1)
    weights = scores.masked_fill(future, float("-inf")).softmax(-1)
    mixed = torch.einsum("bhst,btr->bhsr", weights, latent)
    return torch.einsum("bhsr,hvr,dhv->bsd", mixed, uv, w_o.reshape(D, n_heads, -1)).to(dtype)
