# drill: zero_communication_volume
"""Differs in kind: a table of how many ring passes of gradients and parameters each stage makes per collective."""

PASSES = {  # stage: {collective: (passes of gradients, passes of parameters)}
    0: {"all_reduce": (2, 0), "reduce_scatter": (0, 0), "all_gather": (0, 0)},
    1: {"all_reduce": (0, 0), "reduce_scatter": (1, 0), "all_gather": (0, 1)},
    2: {"all_reduce": (0, 0), "reduce_scatter": (1, 0), "all_gather": (0, 1)},
    3: {"all_reduce": (0, 0), "reduce_scatter": (1, 0), "all_gather": (0, 2)},
}


def zero_communication_bytes(n_params, dp, stage, *, param_bytes=2, grad_bytes=2):
    if dp < 1 or n_params < 1 or n_params % dp != 0 or stage not in PASSES:
        raise ValueError(f"bad arguments: n_params={n_params}, dp={dp}, stage={stage}")
    sent = n_params - n_params // dp
    result = {
        name: sent * (of_grads * grad_bytes + of_params * param_bytes)
        for name, (of_grads, of_params) in PASSES[stage].items()
    }
    return result | {"total": sum(result.values())}
