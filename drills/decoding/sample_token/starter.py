# drill: sample_token
"""Sample a token: temperature, top-k, top-p, and one draw per row."""
import torch
from torch import Tensor

# B batch; V vocabulary.
LEDGER = {
    "scores": "",  # bytes of the float32 scores of bfloat16 logits [B, V]
    "drawn": "",  # shape that torch.multinomial gives for probabilities [B, V] and one sample
    "uniforms": "",  # uniform numbers that a draw by the inverse of the cumulative sum needs for logits [B, V]
    "gumbels": "",  # random numbers that the Gumbel-max trick needs for logits [B, V]
    "tokens": "",  # bytes of the returned tokens
}


def sample_token(logits: Tensor, *, temperature: float = 1.0, top_k: int | None = None, top_p: float | None = None,
                 generator: torch.Generator | None = None) -> Tensor:
    """logits [B, V] -> int64 [B], one draw per row from softmax(filtered logits / temperature)."""
    raise NotImplementedError("write me")
