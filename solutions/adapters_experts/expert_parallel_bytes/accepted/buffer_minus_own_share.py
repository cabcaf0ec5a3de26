# drill: expert_parallel_bytes
"""Starts from the whole send buffer and takes off the rank's own share; a small class holds the estimate."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Exchange:
    elements: float
    itemsize: int
    world: int

    @property
    def sent(self) -> float:
        buffer = self.elements * self.itemsize
        return buffer - buffer / self.world


def positive(**sizes: int) -> None:
    wrong = [name for name, size in sizes.items() if size < 1]
    if wrong:
        raise ValueError(f"below 1: {', '.join(wrong)}")


def expert_parallel_bytes(
    tokens_per_rank: int,
    d_model: int,
    k: int,
    world: int,
    *,
    itemsize: int = 2,
    capacity_factor: float | None = None,
) -> dict[str, float]:
    positive(tokens_per_rank=tokens_per_rank, d_model=d_model, k=k, world=world, itemsize=itemsize)
    rows = tokens_per_rank * k
    if capacity_factor is not None:
        if capacity_factor <= 0.0:
            raise ValueError(f"capacity_factor {capacity_factor} is not positive")
        rows = rows * capacity_factor
    one_way = Exchange(rows * d_model, itemsize, world).sent
    return {"dispatch": one_way, "combine": one_way, "forward": one_way + one_way, "training": one_way * 4}
