"""Honest work, done inside of the confinement by a process that was forked from one with torch; not a test by itself.

Run as a program it prints one JSON object: for each piece of work, what went wrong, or null.
"""

import json
import os
import sys
import tempfile
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import torch

from grader.sandbox.confine import Policy, default_readable, spawn

MIB = 1 << 20


def differentiate() -> None:
    weight = torch.randn(64, 64, requires_grad=True)
    torch.nn.functional.gelu(torch.randn(32, 64) @ weight).square().mean().backward()
    assert weight.grad is not None and weight.grad.isfinite().all()


def use_four_threads() -> None:
    torch.set_num_threads(4)
    assert torch.get_num_threads() == 4
    one, other = torch.randn(512, 512), torch.randn(512, 512)
    for _ in range(20):
        product = one @ other
    assert product.shape == (512, 512)


def train_a_module() -> None:
    model = torch.nn.TransformerEncoderLayer(32, 4, 64, batch_first=True)
    optimizer = torch.optim.AdamW(model.parameters())
    for _ in range(3):
        optimizer.zero_grad()
        model(torch.randn(2, 8, 32)).square().mean().backward()
        optimizer.step()


def import_einops() -> None:
    assert "einops" not in sys.modules
    import einops
    import einops.layers.torch

    assert einops.rearrange(torch.zeros(2, 3, 4), "a b c -> a (b c)").shape == (2, 12)
    assert einops.layers.torch.Rearrange("a b -> b a")(torch.zeros(2, 3)).shape == (3, 2)


def import_numpy_parts() -> None:
    import numpy
    import numpy.fft
    import numpy.linalg
    import numpy.polynomial

    assert abs(numpy.linalg.det(numpy.eye(3)) - 1) < 1e-9
    assert numpy.random.default_rng().random() < 1


def import_standard_library() -> None:
    assert not {"sqlite3", "wave", "xml.dom.minidom"} & set(sys.modules)
    import lzma
    import sqlite3
    import wave
    import xml.dom.minidom

    assert sqlite3.connect(":memory:").execute("select 1").fetchone() == (1,)
    assert wave and xml.dom.minidom and lzma.decompress(lzma.compress(b"x")) == b"x"


def use_temporary_files() -> None:
    with tempfile.TemporaryDirectory() as folder:
        torch.save({"weight": torch.ones(3)}, Path(folder, "state.pt"))
        assert torch.load(Path(folder, "state.pt"))["weight"].sum() == 3
    with tempfile.TemporaryFile("w+") as file:
        file.write("text")


def draw_randomness() -> None:
    import random
    import secrets
    import uuid

    with open("/dev/urandom", "rb") as device:
        assert len(device.read(8)) == 8
    assert len(secrets.token_bytes(8)) == len(os.urandom(8)) == 8
    assert random.random() < 1 and random.SystemRandom().random() < 1 and uuid.uuid4()


def run_threads() -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda number: number * 2, range(4))) == [0, 2, 4, 6]


def run_coroutines() -> None:
    import asyncio

    async def answer() -> int:
        await asyncio.sleep(0)
        return 42

    assert asyncio.run(answer()) == 42


def print_and_log() -> None:
    import logging
    import warnings

    logging.getLogger("honest").error("logged")
    warnings.warn("warned", stacklevel=1)
    with open(os.devnull, "w") as nothing, redirect_stdout(nothing):
        print("nobody sees this")


def look_at_the_machine() -> None:
    import datetime
    import platform
    import zoneinfo

    assert platform.platform() and os.cpu_count() and datetime.datetime.now().astimezone()
    assert zoneinfo.ZoneInfo("UTC")
    assert torch.get_num_threads() >= 1


def load_data() -> None:
    from torch.utils.data import DataLoader, TensorDataset

    loader = DataLoader(TensorDataset(torch.arange(10)), batch_size=5, shuffle=True)
    assert sum(len(batch) for (batch,) in loader) == 10


def use_dataclasses_and_files() -> None:
    from dataclasses import dataclass

    @dataclass
    class Row:
        value: int

    Path("folder").mkdir()
    Path("folder", "a").write_text(str(Row(3)))
    Path("folder", "a").rename("b")
    Path("b").unlink()
    Path("folder").rmdir()


def report_an_error() -> None:
    import traceback

    try:
        torch.ones(2) @ torch.ones(3)
    except RuntimeError:
        assert "inconsistent tensor size" in traceback.format_exc()


WORK: tuple[Callable[[], Any], ...] = (
    differentiate,
    use_four_threads,
    train_a_module,
    import_einops,
    import_numpy_parts,
    import_standard_library,
    use_temporary_files,
    draw_randomness,
    run_threads,
    run_coroutines,
    print_and_log,
    look_at_the_machine,
    load_data,
    use_dataclasses_and_files,
    report_an_error,
)
"""Each gets a process of its own."""


def do(work: Callable[[], Any], policy: Policy) -> str | None:
    """Do one piece of work inside, and return what went wrong."""
    read, write = os.pipe()
    confined = spawn(policy, work, (), write, write)
    os.close(write)
    ended = confined.wait(20.0) or confined.kill()
    with open(read, errors="replace") as output:
        said = output.read()
    if "failed to parse" in said:
        return said
    return None if ended.exit_code == 0 else f"{ended}: {said}"


def main() -> None:
    """Do everything, from a warm process with a single thread."""
    torch.set_num_threads(1)
    torch.ones(4, 4, requires_grad=True).sum().backward()
    with tempfile.TemporaryDirectory() as scratch:
        policy = Policy(default_readable(), scratch, 1024 * MIB, 20.0, 8 * MIB, 8 * MIB, 64)
        print(json.dumps({work.__name__: do(work, policy) for work in WORK}))


if __name__ == "__main__":
    main()
