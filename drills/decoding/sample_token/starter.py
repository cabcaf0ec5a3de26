# drill: sample_token
"""Sample a token: temperature, top-k, top-p, and one draw per row."""
import torch
from torch import Tensor

LEDGER = {
    "scores": "",
    "drawn": "",
    "uniforms": "",
    "gumbels": "",
    "tokens": "",
}


def sample_token(logits: Tensor, *, temperature: float = 1.0, top_k: int | None = None, top_p: float | None = None,
                 generator: torch.Generator | None = None) -> Tensor:
    """logits [B, V] -> int64 [B], one draw per row from softmax(filtered logits / temperature)."""
    raise NotImplementedError("write me")
