# drill: zero_training_state
"""Differs in kind: math.ceil of a float quotient, which is exact while n_params is below 2**53."""
import math


def training_state_bytes(n_params, dp, stage, *, param_bytes=2, grad_bytes=2, optimizer_bytes=12):
    if n_params < 1:
        raise ValueError("n_params must be positive")
    if dp < 1:
        raise ValueError("dp must be positive")
    if stage not in [0, 1, 2, 3]:
        raise ValueError("unknown stage")
    shard = math.ceil(n_params / dp)
    lengths = [n_params, n_params, n_params]
    # Stages 1, 2 and 3 replace the last, the middle and the first entry, one after the other.
    for position in range(stage):
        lengths[2 - position] = shard
    params, grads, optimizer = (
        length * size for length, size in zip(lengths, (param_bytes, grad_bytes, optimizer_bytes), strict=True)
    )
    return {"params": params, "grads": grads, "optimizer": optimizer, "total": params + grads + optimizer}
