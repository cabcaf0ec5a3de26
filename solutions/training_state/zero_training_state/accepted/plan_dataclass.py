# drill: zero_training_state
"""Differs in kind: a frozen dataclass with properties, checked when it is built."""
from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    n_params: int
    dp: int
    stage: int

    def __post_init__(self):
        if self.n_params < 1:
            raise ValueError(f"n_params = {self.n_params} is below 1")
        if self.dp < 1:
            raise ValueError(f"dp = {self.dp} is below 1")
        if self.stage not in {0, 1, 2, 3}:
            raise ValueError(f"no ZeRO stage {self.stage}")

    @property
    def shard(self) -> int:
        return (self.n_params + self.dp - 1) // self.dp

    def elements(self, sharded_from: int) -> int:
        return self.shard if self.stage >= sharded_from else self.n_params


def training_state_bytes(n_params, dp, stage, *, param_bytes=2, grad_bytes=2, optimizer_bytes=12):
    plan = Plan(n_params, dp, stage)
    params = plan.elements(3) * param_bytes
    grads = plan.elements(2) * grad_bytes
    optimizer = plan.elements(1) * optimizer_bytes
    return {"params": params, "grads": grads, "optimizer": optimizer, "total": params + grads + optimizer}
