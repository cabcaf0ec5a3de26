# drill: kv_cache_bytes
# /// wrong
# fails = "contract"
# message = "The variant is lower-cased first, so \"MHA\" gives a number instead of a ValueError."
# ///
"""Shows with another spelling of a variant."""

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
    variant = variant.lower()
    if variant not in ("mha", "mqa", "gqa", "mla"):
        raise ValueError(f"unknown variant {variant!r}")
    if variant not in ("mha", "mqa", "gqa"):
        variant = "mla"
    if variant == "gqa" and kv_heads is None:
        raise ValueError("gqa needs kv_heads")
    if variant == "mla" and latent_dim is None:
        raise ValueError("mla needs latent_dim")
    sizes = [layers, batch, itemsize]
    if variant != "mla":
        sizes.append(head_dim)
    if variant in ("mha", "gqa"):
        sizes.append(heads)
    if variant == "gqa":
        sizes.append(kv_heads)
    if variant == "mla":
        sizes.append(latent_dim)
        if rope_dim < 0:
            raise ValueError("rope_dim must not be negative")
    if min(sizes) < 1 or seq_len < 0:
        raise ValueError("sizes must be positive")
    if variant == "gqa" and heads % kv_heads != 0:
        raise ValueError("kv_heads does not divide heads")

    if variant == "mha":
        elements = 2 * heads * head_dim
    elif variant == "mqa":
        elements = 2 * head_dim
    elif variant == "gqa":
        elements = 2 * kv_heads * head_dim
    else:
        elements = latent_dim + rope_dim
    return layers * batch * seq_len * elements * itemsize


def decode_tokens_per_second_bound(weight_bytes: int, kv_bytes: int, batch: int, bandwidth: float) -> float:
    if batch < 1:
        raise ValueError("batch must be at least 1")
    if bandwidth <= 0:
        raise ValueError("bandwidth must be positive")
    if weight_bytes + kv_bytes <= 0:
        raise ValueError("there is nothing to read")
    return batch * bandwidth / (weight_bytes + kv_bytes)
