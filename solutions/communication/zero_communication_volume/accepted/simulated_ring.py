# drill: zero_communication_volume
"""Differs in kind: replays the step, sending shard by shard around the ring and booking the bytes of each send."""
from collections import Counter


def zero_communication_bytes(n_params, dp, stage, *, param_bytes=2, grad_bytes=2):
    if dp < 1:
        raise ValueError("dp must be at least 1")
    shard, remainder = divmod(n_params, dp)
    if remainder or shard < 1:
        raise ValueError("n_params must be a positive multiple of dp")
    if stage < 0 or stage > 3:
        raise ValueError("stage must be 0 to 3")
    booked = Counter(all_reduce=0, reduce_scatter=0, all_gather=0)

    def ring_pass(collective, bytes_per_element):
        booked[collective] += (dp - 1) * shard * bytes_per_element

    if stage == 3:
        ring_pass("all_gather", param_bytes)  # forward
        ring_pass("all_gather", param_bytes)  # backward
        ring_pass("reduce_scatter", grad_bytes)
    elif stage == 0:
        ring_pass("all_reduce", grad_bytes)
        ring_pass("all_reduce", grad_bytes)
    else:
        ring_pass("reduce_scatter", grad_bytes)
        ring_pass("all_gather", param_bytes)
    return {**booked, "total": booked.total()}
