# drill: zero_training_state
"""Differs in kind: a table of (state, first sharded stage) instead of three written-out products."""

FIRST_SHARDED_STAGE = {"params": 3, "grads": 2, "optimizer": 1}


def training_state_bytes(n_params, dp, stage, *, param_bytes=2, grad_bytes=2, optimizer_bytes=12):
    if n_params < 1 or dp < 1 or stage not in range(4):
        raise ValueError(f"bad arguments: n_params={n_params}, dp={dp}, stage={stage}")
    per_param = {"params": param_bytes, "grads": grad_bytes, "optimizer": optimizer_bytes}
    shard, remainder = divmod(n_params, dp)
    if remainder:
        shard += 1
    held = {
        name: per_param[name] * (shard if stage >= first else n_params)
        for name, first in FIRST_SHARDED_STAGE.items()
    }
    held["total"] = sum(held.values())
    return held
