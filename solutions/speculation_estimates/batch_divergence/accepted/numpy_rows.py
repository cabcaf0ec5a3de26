# drill: batch_divergence
"""Differs in kind: numpy on a copy on the host, with the rows sorted so that the least is the first column."""
import numpy as np


def batch_divergence(accepted, gamma):
    table = np.sort(accepted.detach().cpu().numpy(), axis=1)  # a sorted copy, [rounds, B]
    if table.size == 0:
        raise ValueError("no data")
    if table[:, 0].min() < 0 or table[:, -1].max() > gamma:
        raise ValueError("acceptance outside 0..gamma")
    ragged = float(table.mean()) + 1.0
    lockstep = float(table[:, 0].mean()) + 1.0
    wasted = 0.0 if gamma == 0 else float((gamma - table[:, 0]).mean()) / gamma
    return {
        "ragged_tokens": ragged,
        "lockstep_tokens": lockstep,
        "lockstep_efficiency": lockstep / ragged,
        "wasted_draft_fraction": wasted,
    }
