# drill: load_balancing_loss
from torch import Tensor

# N tokens; E experts; k experts for each token.
LEDGER = {
    "share": "",  # shape of f
    "collapsed": "",  # the loss when every token chooses the same k experts and gives each of them a probability of 1 / k
    # derivative of the loss with respect to one entry of router_probs when all experts are chosen equally often
    "gradient": "",
    "one_hot_bytes": "",  # bytes of the int64 one-hot tensor of all choices, which a plain count avoids
}


def load_balancing_loss(router_probs: Tensor, experts: Tensor) -> Tensor:
    """E * sum_e f_e * P_e: f_e the share of the N * k assignments that went to e, P_e the mean probability of e.

    router_probs [N, E], experts int64 [N, k] -> scalar, in float32 for half types.
    """
    raise NotImplementedError("write me")
