# drill: kv_cache_bytes
"""Lists the tensors that a layer caches as shapes and sums their sizes, as a walk over a real cache would."""

SHAPES = {
    "mha": lambda a: [(a["heads"], a["head_dim"])] * 2,
    "mqa": lambda a: [(a["head_dim"],)] * 2,
    "gqa": lambda a: [(a["kv_heads"], a["head_dim"])] * 2,
    "mla": lambda a: [(a["latent_dim"],), (a["rope_dim"],)],
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
    arguments = dict(locals())
    if variant not in SHAPES:
        raise ValueError(f"variant must be one of {sorted(SHAPES)}")
    used = {
        "mha": ["heads", "head_dim"],
        "mqa": ["head_dim"],
        "gqa": ["heads", "kv_heads", "head_dim"],
        "mla": ["latent_dim"],
    }
    for name in ["layers", "batch", "itemsize", *used[variant]]:
        if arguments[name] is None or arguments[name] < 1:
            raise ValueError(f"{name} = {arguments[name]}")
    if seq_len < 0 or (variant == "mla" and rope_dim < 0):
        raise ValueError("negative size")
    if variant == "gqa" and heads % kv_heads != 0:
        raise ValueError("heads must be a multiple of kv_heads")

    total = 0
    for shape in SHAPES[variant](arguments):
        elements = batch * seq_len * layers
        for size in shape:
            elements *= size
        total += elements * itemsize
    return total


def decode_tokens_per_second_bound(weight_bytes: int, kv_bytes: int, batch: int, bandwidth: float) -> float:
    if batch < 1:
        raise ValueError("no sequence")
    if bandwidth <= 0:
        raise ValueError("no bandwidth")
    if weight_bytes + kv_bytes <= 0:
        raise ValueError("nothing to read")
    seconds_for_weights = weight_bytes / bandwidth
    seconds_for_cache = kv_bytes / bandwidth
    return batch / (seconds_for_weights + seconds_for_cache)
