# drill: grpo_advantages
from torch import Tensor

# N responses, G responses to one prompt, T tokens per padded response.
LEDGER = {
    "groups": "",  # shape of the rewards with one row per prompt
    "mean": "",  # shape of the groups' means, ready to be subtracted from that
    "result_bytes": "",  # bytes of the advantages for bfloat16 rewards
    "spread_bytes": "",  # bytes if each advantage were written out for every token, in float32
}


def grpo_advantages(rewards: Tensor, group_size: int, eps: float = 1e-4, scale: bool = True) -> Tensor:
    """rewards [N], the responses to one prompt contiguous -> advantages [N]."""
    raise NotImplementedError("write me")
