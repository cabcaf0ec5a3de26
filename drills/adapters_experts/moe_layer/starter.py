# drill: moe_layer
from torch import Tensor

LEDGER = {
    "router_logits": "",
    "parameters": "",
    "active_parameters": "",
    "expert_flops": "",
}


def moe_forward(x: Tensor, w_router: Tensor, w_gate: Tensor, w_up: Tensor, w_down: Tensor, k: int) -> Tensor:
    """Route each token to its top k experts, run each expert's SwiGLU on its own tokens, sum by router weight.

    x [N, D], w_router [E, D], w_gate and w_up [E, F, D], w_down [E, D, F] -> [N, D]. ValueError: k outside 1..E.
    """
    raise NotImplementedError("write me")
