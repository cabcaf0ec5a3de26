# drill: ppo_kl_loss
from torch import Tensor

# B sequences, T tokens per padded sequence, V vocabulary.
LEDGER = {
    "ratio": "",  # shape of the probability ratio
    "input_bytes": "",  # bytes of the five input tensors, float32 and bool
    "upcast_bytes": "",  # bytes of the float32 copies of the four bfloat16 inputs
    "logit_bytes": "",  # bytes of the bfloat16 logits of policy and reference behind logps and ref_logps
}


def ppo_kl_loss(
    logps: Tensor,
    old_logps: Tensor,
    ref_logps: Tensor,
    advantages: Tensor,
    mask: Tensor,
    clip_eps: float = 0.2,
    kl_coef: float = 0.0,
) -> tuple[Tensor, dict[str, Tensor]]:
    """All [B, T], mask bool -> (loss scalar, {"kl", "clip_fraction", "ratio"}: scalars)."""
    raise NotImplementedError("write me")
