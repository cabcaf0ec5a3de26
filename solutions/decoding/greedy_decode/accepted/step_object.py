# drill: greedy_decode
"""A small class with one method per step; finished rows are kept as a set of row numbers."""
from collections.abc import Callable

import torch
from torch import Tensor


class _Decoder:
    def __init__(self, prompt: Tensor, eos_id: int | None, pad_id: int) -> None:
        self.tokens = prompt.detach().clone()
        self.eos_id, self.pad_id = eos_id, pad_id
        self.finished: set[int] = set()

    def step(self, logits: Tensor) -> None:
        new = torch.argmax(logits, dim=1, keepdim=True)
        for row in self.finished:
            new[row, 0] = self.pad_id
        self.tokens = torch.hstack([self.tokens, new])
        if self.eos_id is not None:
            self.finished |= {row for row, token in enumerate(new[:, 0].tolist()) if token == self.eos_id}

    def done(self) -> bool:
        return len(self.finished) == self.tokens.shape[0]


def greedy_decode(next_logits: Callable[[Tensor], Tensor], prompt: Tensor, max_new_tokens: int,
                  eos_id: int | None = None, pad_id: int = 0) -> Tensor:
    if max_new_tokens < 0:
        raise ValueError("max_new_tokens < 0")
    decoder = _Decoder(prompt, eos_id, pad_id)
    for _ in range(max_new_tokens):
        decoder.step(next_logits(decoder.tokens))
        if decoder.done():
            break
    return decoder.tokens
