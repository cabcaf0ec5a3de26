# drill: batch_divergence
"""Differs in kind: einops names the axes, and the waste is a mean over rounds of gamma minus the least."""
from einops import reduce


def batch_divergence(accepted, gamma):
    if 0 in accepted.shape:
        raise ValueError("empty tensor")
    if bool((accepted < 0).any()) or bool((accepted > gamma).any()):
        raise ValueError("value out of range")
    emitted = accepted.double() + 1  # [rounds, B]
    in_lockstep = reduce(emitted, "rounds batch -> rounds", "min")
    ragged = float(reduce(emitted, "rounds batch ->", "mean"))
    lockstep = float(reduce(in_lockstep, "rounds ->", "mean"))
    unkept = float(reduce(gamma + 1 - in_lockstep, "rounds ->", "mean"))
    return {
        "ragged_tokens": ragged,
        "lockstep_tokens": lockstep,
        "lockstep_efficiency": lockstep / ragged,
        "wasted_draft_fraction": unkept / max(gamma, 1),
    }
