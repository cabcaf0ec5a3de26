# drill: lora_linear
from torch import Tensor, nn

# B batch; S sequence length; I input features of the base layer; O output features of the base layer; R adapter rank.
LEDGER = {
    "down_projection": "",  # shape of x lora_a^T for x of shape [B, S, I]
    "delta": "",  # shape of the delta that merge adds to the weight
    "trainable": "",  # number of trainable parameters
    "optimizer_bytes": "",  # bytes of the gradients and of Adam's two moments for the trainable parameters, all in float32
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
