# drill: dpo_loss
from torch import Tensor

# B preference pairs, S tokens per padded sequence, V vocabulary.
LEDGER = {
    "margin": "",  # shape of beta * margin
    "policy_logits": "",  # shape of the policy's logits, chosen and rejected as one batch, chosen first
    "logit_bytes": "",  # bytes of these logits in bfloat16, policy and reference together
    "reference_bytes": "",  # bytes of the reference's log-probabilities of these pairs in float32
}


def dpo_loss(
    policy_chosen: Tensor,
    policy_rejected: Tensor,
    ref_chosen: Tensor,
    ref_rejected: Tensor,
    beta: float = 0.1,
    label_smoothing: float = 0.0,
) -> tuple[Tensor, Tensor, Tensor]:
    """Four log-probabilities [B] -> (loss scalar, chosen_rewards [B], rejected_rewards [B])."""
    raise NotImplementedError("write me")
