"""What a pair does while it waits for a grade: one small examination of a file of ours, which warms the paths of a real one.

A forked process pays for the first touch of every page it shares with its parent. A pair that has rehearsed has paid
before anybody waits. The candidate's global random state is put back, so that a seed replays the same with and without.
"""

from __future__ import annotations

import contextlib

import torch

from grader import protocol as p
from grader import suite
from grader.examiner.draw import Draw
from grader.examiner.failures import CheckFailed
from grader.examiner.plugin import SubmissionSubject
from grader.examiner.transport import RemoteTransport
from grader.wire import Channel

LIMIT_S = 10.0
SOURCE = """
import torch
from torch import nn

random_state = torch.get_rng_state()


class Layer(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.inner = nn.Linear(d, d, bias=False)
        self.scale = nn.Parameter(torch.ones(d))

    def forward(self, x):
        s, h = x.shape[1], x.float()
        h = (h * torch.rsqrt(h.square().mean(-1, keepdim=True) + 1e-6)).to(x.dtype) * self.scale
        q = self.inner(h).reshape(x.shape[0], s, -1, 1).transpose(1, 2)
        scores = q @ q.transpose(-2, -1) / 2.0
        later = torch.triu(torch.ones(s, s, dtype=torch.bool, device=x.device), diagonal=1)
        mixed = scores.masked_fill(later, float("-inf")).softmax(-1) @ q
        return x + nn.functional.silu(mixed.transpose(1, 2).reshape(x.shape))


def loss(logits, labels, *, beta=0.1):
    if beta <= 0:
        raise ValueError("beta must be positive")
    picked = logits.log_softmax(-1).gather(-1, labels.unsqueeze(-1)).squeeze(-1)
    kept, order = torch.sort(logits, dim=-1, descending=True)
    mass = kept.softmax(-1).cumsum(-1)
    return -nn.functional.logsigmoid(beta * picked).mean(), torch.where(mass > 0.5, 0.0, kept).scatter(-1, order, kept)


def restore():
    torch.set_rng_state(random_state)
"""


def rehearse(channel: Channel) -> None:
    """Examine `SOURCE` over this channel. Nothing of it lasts: the next Load replaces it."""
    transport = RemoteTransport(channel, LIMIT_S, LIMIT_S)
    for request in (p.Parse(SOURCE), p.Load(["torch.nn.functional.scaled_dot_product_attention"])):
        transport.request(request)
    submission, draw = SubmissionSubject(transport), Draw(0, "rehearsal")
    for dtype in (torch.float64, torch.float32, torch.bfloat16, torch.float16):
        with submission.global_random_allowed(), submission.options(default_dtype=str(dtype).removeprefix("torch.")):
            layer = submission.Layer(4)
        x = draw.normal(2, 3, 4, dtype=dtype)
        layer.load({"scale": draw.uniform(4, dtype=dtype)})
        suite.assert_close(layer(x), layer(x))
        cotangents = [draw.normal(2, 3, 4, dtype=dtype)]
        suite.gradients(layer.entry, x.requires_grad_(), cotangents=cotangents)
        layer.state(), layer.trainable()
    logits, labels = draw.normal(3, 5, dtype=torch.float64), draw.integers(3, low=0, high=5)
    value, kept = submission.loss(logits, labels)
    suite.assert_shape(value, ())
    suite.assert_finite(kept)
    suite.assert_refuses(submission.loss, logits, labels, beta=0.0, because="beta is not positive")
    with suite.on_simulated_gpu(submission):
        submission.loss(logits, labels)
    with contextlib.suppress(CheckFailed):
        suite.assert_close(value, value + 1)
    submission.restore()
