# drill: batch_divergence
"""Differs in kind: plain Python over the rows of a nested list."""
from statistics import fmean


def batch_divergence(accepted, gamma):
    rows = accepted.tolist()
    if not rows or not rows[0]:
        raise ValueError("there must be rounds and sequences")
    if any(not 0 <= value <= gamma for row in rows for value in row):
        raise ValueError(f"every value must be in 0..{gamma}")
    ragged = fmean(value + 1 for row in rows for value in row)
    lockstep = fmean(min(row) + 1 for row in rows)
    wasted = fmean(gamma - min(row) for row in rows) / gamma if gamma else 0.0
    return {
        "ragged_tokens": ragged,
        "lockstep_tokens": lockstep,
        "lockstep_efficiency": lockstep / ragged,
        "wasted_draft_fraction": wasted,
    }
