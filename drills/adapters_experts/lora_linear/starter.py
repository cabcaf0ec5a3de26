# drill: lora_linear
from torch import Tensor, nn

LEDGER = {
    "down_projection": "",
    "delta": "",
    "trainable": "",
    "optimizer_bytes": "",
}


class LoRALinear(nn.Module):
    """A frozen nn.Linear plus a trained low-rank delta: y = base(x) + (alpha / rank) * x lora_a^T lora_b^T."""

    lora_a: nn.Parameter  # [rank, in], random
    lora_b: nn.Parameter  # [out, rank], zeros

    def __init__(self, base: nn.Linear, rank: int, alpha: float) -> None:
        """Keep `base` as self.base, freeze it, and create the factors. ValueError: rank < 1."""
        super().__init__()
        raise NotImplementedError("write me")

    @property
    def merged(self) -> bool:
        """Whether the delta is in base's weight now."""
        raise NotImplementedError("write me")

    def forward(self, x: Tensor) -> Tensor:
        """x [..., in] -> [..., out]."""
        raise NotImplementedError("write me")

    def merge(self) -> None:
        """Fold the delta [out, in] into base's weight; does nothing when merged already."""
        raise NotImplementedError("write me")

    def unmerge(self) -> None:
        """Take the delta out again; does nothing when not merged."""
        raise NotImplementedError("write me")
