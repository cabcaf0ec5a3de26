# drill: kv_cache_bytes
"""A match statement gives the number of cached vectors and their width; the checks run over a list of used sizes."""

import math


def kv_cache_bytes(
    variant: str,
    *,
    layers: int,
    batch: int,
    seq_len: int,
    heads: int,
    head_dim: int,
    kv_heads: int | None = None,
    latent_dim: int | None = None,
    rope_dim: int = 0,
    itemsize: int = 2,
) -> int:
    used = [layers, batch, itemsize]
    match variant:
        case "mha":
            vectors, width = 2 * heads, head_dim
            used += [heads, head_dim]
        case "mqa":
            vectors, width = 2, head_dim
            used += [head_dim]
        case "gqa":
            if kv_heads is None or kv_heads < 1 or heads % kv_heads:
                raise ValueError("gqa needs kv_heads that divide heads")
            vectors, width = 2 * kv_heads, head_dim
            used += [heads, head_dim]
        case "mla":
            if latent_dim is None or rope_dim < 0:
                raise ValueError("mla needs a latent_dim and a rope_dim of at least 0")
            vectors, width = 1, latent_dim + rope_dim
            used += [latent_dim]
        case _:
            raise ValueError(variant)
    if min(used) < 1 or seq_len < 0:
        raise ValueError("sizes must be positive")
    return math.prod([layers, batch, seq_len, vectors, width, itemsize])


def decode_tokens_per_second_bound(weight_bytes: int, kv_bytes: int, batch: int, bandwidth: float) -> float:
    if batch < 1 or bandwidth <= 0 or weight_bytes + kv_bytes <= 0:
        raise ValueError("batch, bandwidth and bytes must be positive")
    return batch * bandwidth / (weight_bytes + kv_bytes)
