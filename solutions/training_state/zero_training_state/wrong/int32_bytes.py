# drill: zero_training_state
# /// wrong
# fails = "numerics"
# message = "Bytes are computed in 32-bit integers, which wrap around above 2**31 - 1, at some 180 million parameters."
# source = "https://github.com/karpathy/llm.c/pull/700"
# ///
"""Shows when one state has 2**31 bytes or more: the product wraps around, and for n_params >= 2**31 the conversion
fails."""
import torch


def training_state_bytes(
    n_params: int, dp: int, stage: int, *,
    param_bytes: int = 2, grad_bytes: int = 2, optimizer_bytes: int = 12,
) -> dict[str, int]:
    if n_params < 1:
        raise ValueError(f"n_params must be at least 1, got {n_params}")
    if dp < 1:
        raise ValueError(f"dp must be at least 1, got {dp}")
    if stage not in (0, 1, 2, 3):
        raise ValueError(f"stage must be 0, 1, 2 or 3, got {stage}")
    shard = -(-n_params // dp)

    def product(bytes_per_param, is_sharded):
        elements = torch.tensor(shard if is_sharded else n_params, dtype=torch.int32)
        return int(elements * bytes_per_param)

    params = product(param_bytes, stage >= 3)
    grads = product(grad_bytes, stage >= 2)
    optimizer = product(optimizer_bytes, stage >= 1)
    return {"params": params, "grads": grads, "optimizer": optimizer, "total": params + grads + optimizer}
