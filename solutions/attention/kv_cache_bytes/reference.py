# drill: kv_cache_bytes
"""Count the elements that one token caches in one layer; the rest is a product. MHA, GQA and MQA differ only in the
number of key/value heads, while MLA caches one latent and one rotary key, with no factor 2 and no heads."""

LEDGER = {
    "mha": "2 * N * B * T * H * Dh * e",
    "gqa": "2 * N * B * T * G * Dh * e",
    "mqa": "2 * N * B * T * Dh * e",
    "mla": "N * B * T * (R + Dr) * e",
    "tokens_per_second": "B * bw / (W + K)",
}


def require_positive(**sizes: int) -> None:
    for name, size in sizes.items():
        if size < 1:
            raise ValueError(f"{name} must be at least 1, not {size}")


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
    # Only the sizes that a variant uses are looked at, and all of them before seq_len 0 may give 0.
    if variant == "mha":
        require_positive(heads=heads, head_dim=head_dim)
        elements = 2 * heads * head_dim
    elif variant == "mqa":
        require_positive(head_dim=head_dim)
        elements = 2 * head_dim
    elif variant == "gqa":
        if kv_heads is None:
            raise ValueError("gqa needs kv_heads")
        require_positive(heads=heads, head_dim=head_dim, kv_heads=kv_heads)
        if heads % kv_heads != 0:
            raise ValueError(f"{kv_heads} key/value heads do not divide {heads} heads")
        elements = 2 * kv_heads * head_dim
    elif variant == "mla":
        if latent_dim is None:
            raise ValueError("mla needs latent_dim")
        require_positive(latent_dim=latent_dim)
        if rope_dim < 0:
            raise ValueError(f"rope_dim must not be negative, but is {rope_dim}")
        # Keys and values are both expanded from the latent, and the rotary key is shared by all heads.
        elements = latent_dim + rope_dim
    else:
        raise ValueError(f"unknown variant {variant!r}")

    require_positive(layers=layers, batch=batch, itemsize=itemsize)
    if seq_len < 0:
        raise ValueError(f"seq_len must not be negative, but is {seq_len}")
    return layers * batch * seq_len * elements * itemsize


def decode_tokens_per_second_bound(weight_bytes: int, kv_bytes: int, batch: int, bandwidth: float) -> float:
    if batch < 1:
        raise ValueError(f"batch must be at least 1, not {batch}")
    if bandwidth <= 0:
        raise ValueError(f"bandwidth must be positive, not {bandwidth}")
    bytes_per_step = weight_bytes + kv_bytes
    if bytes_per_step <= 0:
        raise ValueError("a step must read something")
    # The weights are read once for the whole batch, which is why batching pays.
    seconds_per_step = bytes_per_step / bandwidth
    return batch / seconds_per_step
