# drill: top_p_filter
"""Plain Python over each row: walk down the ranking and add probabilities until p is reached."""
import torch
from torch import Tensor


def top_p_filter(logits: Tensor, p: float) -> Tensor:
    if not 0.0 < p <= 1.0:
        raise ValueError("p outside (0, 1]")
    if p == 1:
        return logits.clone()
    rows = logits.detach().reshape(-1, logits.shape[-1])
    probs = rows.to(torch.promote_types(rows.dtype, torch.float32)).softmax(-1)
    mask = torch.ones(rows.shape, dtype=torch.bool, device=logits.device)
    for r, row in enumerate(probs.tolist()):
        total, kept = 0.0, []
        for token in sorted(range(len(row)), key=row.__getitem__, reverse=True):
            kept.append(token)
            total += row[token]
            if total >= p:
                break
        mask[r, torch.tensor(kept, device=logits.device)] = False
    return logits.masked_fill(mask.reshape(logits.shape), float("-inf"))
