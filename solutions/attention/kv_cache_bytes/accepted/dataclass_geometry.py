# drill: kv_cache_bytes
"""A frozen dataclass describes what one token leaves behind in one layer; each variant is a constructor of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TokenFootprint:
    """What one token caches in one layer."""

    keys: int
    values: int

    @classmethod
    def of_heads(cls, count: int, width: int) -> TokenFootprint:
        positive(count, width)
        return cls(keys=count * width, values=count * width)

    @property
    def elements(self) -> int:
        return self.keys + self.values


def positive(*sizes: int | None) -> None:
    if any(size is None or size <= 0 for size in sizes):
        raise ValueError(f"sizes must be positive: {sizes}")


def footprint(
    variant: str, heads: int, head_dim: int, kv_heads: int | None, latent_dim: int | None, rope_dim: int
) -> TokenFootprint:
    if variant == "mla":
        positive(latent_dim)
        if rope_dim < 0:
            raise ValueError("rope_dim is negative")
        return TokenFootprint(keys=latent_dim + rope_dim, values=0)
    if variant == "gqa":
        positive(heads, kv_heads)
        if heads % kv_heads:
            raise ValueError("kv_heads does not divide heads")
        return TokenFootprint.of_heads(kv_heads, head_dim)
    counts = {"mha": heads, "mqa": 1}
    if variant not in counts:
        raise ValueError(f"no such variant: {variant}")
    return TokenFootprint.of_heads(counts[variant], head_dim)


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
    per_token = footprint(variant, heads, head_dim, kv_heads, latent_dim, rope_dim)
    positive(layers, batch, itemsize, seq_len + 1)
    return per_token.elements * itemsize * layers * batch * seq_len


def decode_tokens_per_second_bound(weight_bytes: int, kv_bytes: int, batch: int, bandwidth: float) -> float:
    positive(batch, weight_bytes + kv_bytes)
    if not bandwidth > 0:
        raise ValueError("bandwidth must be positive")
    steps_per_second = bandwidth / (weight_bytes + kv_bytes)
    return steps_per_second * batch
