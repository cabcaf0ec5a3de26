# drill: swiglu
# /// wrong
# fails = "numerics"
# message = "One is added to the up branch, as one model family has it; plain SwiGLU multiplies by the branch itself."
# source = "https://github.com/openai/gpt-oss/blob/main/gpt_oss/torch/model.py"
# ///
"""Shows on any input, best with small up values."""

from torch import Tensor
from torch.nn import functional as F


def swiglu(x: Tensor, w_gate: Tensor, w_up: Tensor, w_down: Tensor) -> Tensor:
    gate = x @ w_gate.T
    up = x @ w_up.T
    return (F.silu(gate) * (up + 1)) @ w_down.T
