# drill: mla_cache
import torch
from torch import Tensor

LEDGER = {
    "nbytes": "",
    "absorbed_query": "",
    "scores": "",
    "mixed_latents": "",
    "expanded_elements": "",
}


class MLACache:
    """The latent cache of multi-head latent attention, read with absorbed up-projections."""

    def __init__(
        self,
        batch: int,
        max_len: int,
        latent_dim: int,
        rope_dim: int,
        *,
        dtype: torch.dtype = torch.float32,
        device: torch.device | str = "cpu",
    ) -> None:
        """Allocates all buffers; everything passed in later has this dtype and device. rope_dim may be 0."""
        raise NotImplementedError("write me")

    @property
    def length(self) -> int:
        """Positions cached so far."""
        raise NotImplementedError("write me")

    @property
    def nbytes(self) -> int:
        """Bytes of the buffers, whatever the length is."""
        raise NotImplementedError("write me")

    def append(self, latent: Tensor, k_rope: Tensor) -> None:
        """latent [B, n, R], k_rope [B, n, Dr]. Copies them.

        ValueError, leaving the cache as it was: no room, or another shape.
        """
        raise NotImplementedError("write me")

    def attend(self, q_nope: Tensor, q_rope: Tensor, w_uk: Tensor, w_uv: Tensor) -> Tensor:
        """q_nope [B, H, n, Dh], q_rope [B, H, n, Dr], w_uk [H, Dh, R], w_uv [H, Dv, R] -> [B, H, n, Dv], causal.

        ValueError: n > length.
        """
        raise NotImplementedError("write me")
