# drill: zero_training_state
"""Differs in kind: pads the length to a multiple of dp first, and divides by a per-state number of owners."""


def training_state_bytes(n_params, dp, stage, *, param_bytes=2, grad_bytes=2, optimizer_bytes=12):
    if n_params < 1:
        raise ValueError("n_params < 1")
    if dp < 1:
        raise ValueError("dp < 1")
    if stage < 0 or stage > 3:
        raise ValueError("stage outside 0..3")

    def held(bytes_per_param, is_sharded):
        owners = dp if is_sharded else 1
        padded = n_params + (-n_params) % owners
        return padded // owners * bytes_per_param

    result = {
        "optimizer": held(optimizer_bytes, stage > 0),
        "grads": held(grad_bytes, stage > 1),
        "params": held(param_bytes, stage > 2),
    }
    return {**result, "total": sum(result.values())}
