# drill: grpo_loss
from torch import Tensor

# N sequences, T tokens per padded sequence.
LEDGER = {
    "advantages": "",  # shape of the advantages, ready to be multiplied by the ratio
    "token_losses": "",  # shape of the loss before it is averaged
    "lengths": "",  # shape of the divisor for the sequence means
    "input_bytes": "",  # bytes of the five input tensors, float32 and bool
}


def grpo_loss(
    logps: Tensor,
    old_logps: Tensor,
    ref_logps: Tensor,
    advantages: Tensor,
    mask: Tensor,
    clip_eps: float = 0.2,
    beta: float = 0.04,
    aggregate: str = "sequence",
) -> Tensor:
    """logps, old_logps, ref_logps [N, T], advantages [N], mask bool [N, T] -> loss, a scalar."""
    raise NotImplementedError("write me")
