# drill: load_balancing_loss
from torch import Tensor

LEDGER = {
    "share": "",
    "collapsed": "",
    "gradient": "",
    "one_hot_bytes": "",
}


def load_balancing_loss(router_probs: Tensor, experts: Tensor) -> Tensor:
    """E * sum_e f_e * P_e: f_e the share of the N * k assignments that went to e, P_e the mean probability of e.

    router_probs [N, E], experts int64 [N, k] -> scalar, in float32 for half types.
    """
    raise NotImplementedError("write me")
