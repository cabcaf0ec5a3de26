# drill: swiglu
# /// wrong
# fails = "numerics"
# message = "Gate and up are clamped at 7, as one model family is trained to do; plain SwiGLU has no limit."
# source = "https://github.com/openai/gpt-oss/blob/main/gpt_oss/torch/model.py"
# ///
"""Shows when a gate exceeds 7 or an up value exceeds 7 in magnitude; ordinary values hide it."""

import torch
from torch import Tensor
from torch.nn import functional as F


def swiglu(x: Tensor, w_gate: Tensor, w_up: Tensor, w_down: Tensor) -> Tensor:
    gate = (x @ w_gate.T).clamp(max=7.0)
    up = (x @ w_up.T).clamp(min=-7.0, max=7.0)
    return (F.silu(gate) * up) @ w_down.T
