# drill: top_p_filter
# /// wrong
# fails = "numerics"
# message = "The token ids to drop are gathered from all rows into one list and dropped from every row."
# source = "https://github.com/huggingface/transformers/pull/1333"
# ///
"""Shows for two or more rows with different nuclei; a single row is right."""
import torch
from torch import Tensor


def top_p_filter(logits: Tensor, p: float) -> Tensor:
    if not 0 < p <= 1:
        raise ValueError("p outside (0, 1]")
    if p == 1:
        return logits.clone()
    ranked, order = logits.detach().sort(dim=-1, descending=True)
    probs = torch.softmax(ranked, dim=-1, dtype=torch.promote_types(logits.dtype, torch.float32))
    remove = probs.cumsum(dim=-1) - probs >= p
    remove[..., 0] = False
    drop = torch.zeros(logits.shape[-1], dtype=torch.bool, device=logits.device)
    drop[order[remove]] = True
    return logits.masked_fill(drop, float("-inf"))
