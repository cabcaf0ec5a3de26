# drill: swiglu
"""The gated feed-forward of a decoder."""

import torch
from torch import Tensor
from torch.nn import functional as F

LEDGER = {
    "hidden": "",  # shape of silu(gate) * up for x [N, D]
    "parameters": "",  # parameters of the three matrices
    "flops": "",  # floating-point operations of the three products
    "saved_bytes": "",  # bytes of gate, up and silu(gate) * up in bfloat16
}


def swiglu(x: Tensor, w_gate: Tensor, w_up: Tensor, w_down: Tensor) -> Tensor:
    """x [..., D], w_gate [F, D], w_up [F, D], w_down [D, F] -> [..., D]."""
    raise NotImplementedError("write me")
