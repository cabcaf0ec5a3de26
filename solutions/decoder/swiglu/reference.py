# drill: swiglu
"""Two linear maps go up to width F, and the silu of one decides how much of the other passes; a third map comes down.

The library's silu is used because a sigmoid written with exp overflows for large negative inputs, and the overflow,
which the values hide, turns up as NaN in the gradient.
"""

from torch import Tensor
from torch.nn import functional as F

LEDGER = {
    "hidden": "[N, F]",
    "parameters": "3*D*F",
    "flops": "6*N*D*F",
    "saved_bytes": "2 * 3 * N * F",
}


def swiglu(x: Tensor, w_gate: Tensor, w_up: Tensor, w_down: Tensor) -> Tensor:
    """x [..., D], w_gate [F, D], w_up [F, D], w_down [D, F] -> [..., D]."""
    gate = F.linear(x, w_gate)  # [..., F]
    up = F.linear(x, w_up)  # [..., F]
    hidden = F.silu(gate) * up  # [..., F]
    return F.linear(hidden, w_down)  # [..., D]
