# drill: zero_communication_volume
"""Differs in kind: a stage by collective matrix in int64, multiplied by the bytes and read back as Python ints."""
import torch


def zero_communication_bytes(n_params, dp, stage, *, param_bytes=2, grad_bytes=2):
    if dp < 1:
        raise ValueError(f"dp={dp}")
    if n_params <= 0 or n_params % dp:
        raise ValueError(f"n_params={n_params} is not a positive multiple of dp={dp}")
    if stage not in (0, 1, 2, 3):
        raise ValueError(f"stage={stage}")
    passes = torch.tensor([[2, 0, 0], [0, 1, 1], [0, 1, 1], [0, 1, 2]])  # [stage, collective]
    size = torch.tensor([grad_bytes, grad_bytes, param_bytes])  # [collective]
    sent = (passes[stage] * size * (n_params // dp * (dp - 1))).tolist()
    return dict(zip(("all_reduce", "reduce_scatter", "all_gather", "total"), [*sent, sum(sent)], strict=True))
