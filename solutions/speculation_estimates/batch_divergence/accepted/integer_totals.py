# drill: batch_divergence
"""Differs in kind: counts tokens in whole numbers with integer sums, and divides the totals at the end."""


def batch_divergence(accepted, gamma):
    rounds, batch = accepted.shape
    if rounds == 0 or batch == 0:
        raise ValueError("accepted is empty")
    if ((accepted < 0) | (accepted > gamma)).any():
        raise ValueError("a value is outside 0..gamma")
    cells = rounds * batch
    ragged = int(accepted.sum()) + cells
    kept = batch * int(accepted.min(dim=-1).values.sum())
    drafted = gamma * cells
    return {
        "ragged_tokens": ragged / cells,
        "lockstep_tokens": (kept + cells) / cells,
        "lockstep_efficiency": (kept + cells) / ragged,
        "wasted_draft_fraction": (drafted - kept) / drafted if drafted else 0.0,
    }
