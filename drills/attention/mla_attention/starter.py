# drill: mla_attention
import torch
from torch import Tensor

# B batch; S sequence length; D model width; H heads; Dh width of a query or key head; Dv width of a value head; R
# latent width; e bytes per element.
LEDGER = {
    "latent": "",  # shape of the latent
    "keys": "",  # shape of the expanded keys, heads before positions
    "parameters": "",  # number of weights in all five matrices together
    "latent_bytes_per_token": "",  # bytes that a decoder caches per token if it caches the latent
    "expanded_bytes_per_token": "",  # bytes that a decoder caches per token if it caches the expanded keys and values
}


def mla_attention(
    x: Tensor, w_q: Tensor, w_dkv: Tensor, w_uk: Tensor, w_uv: Tensor, w_o: Tensor, n_heads: int
) -> Tensor:
    """x [B, S, D]; w_q [H*Dh, D]; w_dkv [R, D]; w_uk [H*Dh, R]; w_uv [H*Dv, R]; w_o [D, H*Dv] -> [B, S, D], causal.

    ValueError: n_heads does not divide the rows of w_q, w_uk or w_uv.
    """
    raise NotImplementedError("write me")
