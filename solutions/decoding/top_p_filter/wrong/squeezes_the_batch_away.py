# drill: top_p_filter
# /// wrong
# fails = "shape"
# message = "squeeze() without a dimension removes every dimension of size 1, not only the one that was added."
# source = "https://github.com/Blaizzy/mlx-vlm/pull/1094"
# ///
"""Shows when a leading size or V is 1, such as logits [1, V], [B, 1, V] or [B, 1], with p < 1."""
import torch
from torch import Tensor


def top_p_filter(logits: Tensor, p: float) -> Tensor:
    if not 0 < p <= 1:
        raise ValueError("p outside (0, 1]")
    if p == 1:
        return logits.clone()
    batch = logits.unsqueeze(0)
    ranked, order = batch.detach().sort(dim=-1, descending=True)
    probs = torch.softmax(ranked, dim=-1, dtype=torch.promote_types(logits.dtype, torch.float32))
    stays = probs.cumsum(dim=-1) - probs < p
    stays[..., 0] = True
    keep = torch.zeros_like(stays).scatter(-1, order, stays)
    return batch.masked_fill(~keep, float("-inf")).squeeze()
