# drill: moe_layer
from torch import Tensor

# N tokens; D model width; F feed-forward width of one expert; E experts; k experts for each token.
LEDGER = {
    "router_logits": "",  # shape of the router's logits
    "parameters": "",  # number of parameters of the layer, the router included
    "active_parameters": "",  # number of parameters that one token uses, the whole router included
    "expert_flops": "",  # floating-point operations of the experts' matrix products over all N tokens, 2 for each multiply-add
}


def moe_forward(x: Tensor, w_router: Tensor, w_gate: Tensor, w_up: Tensor, w_down: Tensor, k: int) -> Tensor:
    """Route each token to its top k experts, run each expert's SwiGLU on its own tokens, sum by router weight.

    x [N, D], w_router [E, D], w_gate and w_up [E, F, D], w_down [E, D, F] -> [N, D]. ValueError: k outside 1..E.
    """
    raise NotImplementedError("write me")
