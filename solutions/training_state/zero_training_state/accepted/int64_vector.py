# drill: zero_training_state
"""Differs in kind: one int64 vector of the three states, cut by a boolean vector, read back as Python ints."""
import torch


def training_state_bytes(n_params, dp, stage, *, param_bytes=2, grad_bytes=2, optimizer_bytes=12):
    if n_params < 1 or dp < 1:
        raise ValueError("n_params and dp must be at least 1")
    if stage not in (0, 1, 2, 3):
        raise ValueError("stage must be 0, 1, 2 or 3")
    per_param = torch.tensor([param_bytes, grad_bytes, optimizer_bytes], dtype=torch.int64)  # [3]
    sharded = torch.tensor([3, 2, 1]) <= stage  # [3]
    full = torch.full((3,), n_params, dtype=torch.int64)  # [3]
    shard = torch.div(full + dp - 1, dp, rounding_mode="floor")  # [3]
    held = (per_param * torch.where(sharded, shard, full)).tolist()
    return dict(zip(("params", "grads", "optimizer", "total"), [*held, sum(held)], strict=True))
