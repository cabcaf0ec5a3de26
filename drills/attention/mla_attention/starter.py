# drill: mla_attention
import torch
from torch import Tensor

LEDGER = {
    "latent": "",
    "keys": "",
    "parameters": "",
    "latent_bytes_per_token": "",
    "expanded_bytes_per_token": "",
}


def mla_attention(
    x: Tensor, w_q: Tensor, w_dkv: Tensor, w_uk: Tensor, w_uv: Tensor, w_o: Tensor, n_heads: int
) -> Tensor:
    """x [B, S, D]; w_q [H*Dh, D]; w_dkv [R, D]; w_uk [H*Dh, R]; w_uv [H*Dv, R]; w_o [D, H*Dv] -> [B, S, D], causal.

    ValueError: n_heads does not divide the rows of w_q, w_uk or w_uv.
    """
    raise NotImplementedError("write me")
