# drill: mla_cache
import torch
from torch import Tensor

# B batch; H heads; L max_len, the positions the buffers hold; T cached positions (length); n queries of one attend
# call; R latent width; Dr width of the rotary key; Dh width of a query or key head, without the rotary part; Dv width
# of a value head; e bytes per element.
LEDGER = {
    "nbytes": "",  # bytes of the buffers
    "absorbed_query": "",  # shape of the queries after w_uk is absorbed into them
    "scores": "",  # shape of the attention scores of one attend call
    "mixed_latents": "",  # shape of the weighted sums of the latents, before w_uv
    "expanded_elements": "",  # elements of k_nope and v for all cached positions, which are never built
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
