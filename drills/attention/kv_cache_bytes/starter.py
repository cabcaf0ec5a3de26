# drill: kv_cache_bytes

# N layers; B sequences in the batch; T tokens per sequence; H query heads; G key/value heads; Dh head width; R latent
# width of MLA; Dr width of the rotary key of MLA; e bytes per element; W bytes of all weights; K bytes of the whole KV
# cache; bw memory bandwidth in bytes per second.
LEDGER = {
    "mha": "",  # bytes of the KV cache with multi-head attention
    "gqa": "",  # bytes of the KV cache with grouped-query attention
    "mqa": "",  # bytes of the KV cache with multi-query attention
    "mla": "",  # bytes of the KV cache with multi-head latent attention
    # upper bound on decoded tokens per second of the whole batch, from the bytes that a step must read
    "tokens_per_second": "",
}


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
    """Bytes of KV cache for `batch` sequences of `seq_len` tokens; variant is "mha", "mqa", "gqa" or "mla".

    ValueError: another variant, "gqa" without kv_heads or with one that does not divide heads, "mla" without
    latent_dim, or a size that the variant uses below 1 (rope_dim and seq_len below 0).
    """
    raise NotImplementedError("write me")


def decode_tokens_per_second_bound(weight_bytes: int, kv_bytes: int, batch: int, bandwidth: float) -> float:
    """Upper bound on decoded tokens/s of the whole batch, if each step reads all weights and the whole cache once.

    ValueError: batch < 1, bandwidth <= 0, or weight_bytes + kv_bytes <= 0.
    """
    raise NotImplementedError("write me")
