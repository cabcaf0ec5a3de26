# drill: zero_training_state
# /// wrong
# fails = "contract"
# message = "One dict of the module is filled and returned by every call, so a later call changes an earlier result."
# ///
"""Shows when an earlier result is looked at after a later call."""

STATE = {"params": 0, "grads": 0, "optimizer": 0, "total": 0}


def training_state_bytes(
    n_params: int, dp: int, stage: int, *,
    param_bytes: int = 2, grad_bytes: int = 2, optimizer_bytes: int = 12,
) -> dict[str, int]:
    if n_params < 1 or dp < 1 or stage not in (0, 1, 2, 3):
        raise ValueError("bad n_params, dp or stage")
    shard = -(-n_params // dp)
    STATE["params"] = param_bytes * (shard if stage >= 3 else n_params)
    STATE["grads"] = grad_bytes * (shard if stage >= 2 else n_params)
    STATE["optimizer"] = optimizer_bytes * (shard if stage >= 1 else n_params)
    STATE["total"] = STATE["params"] + STATE["grads"] + STATE["optimizer"]
    return STATE
