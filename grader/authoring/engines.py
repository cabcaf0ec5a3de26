"""Engines at work side by side, each on processors of its own."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from typing import TypeVar

from grader.client import Engine

Item = TypeVar("Item")
Result = TypeVar("Result")


class Engines:
    """Running engines that share work.

    Args:
        running: The engines; they are not closed here.
    """

    def __init__(self, running: Sequence[Engine]) -> None:
        self._idle: SimpleQueue[Engine] = SimpleQueue()
        for engine in running:
            self._idle.put(engine)
        self._threads = ThreadPoolExecutor(len(running))

    def map(self, work: Callable[[Engine, Item], Result], items: Iterable[Item]) -> list[Result]:
        """`work` done on every item, results in order. It must not call `map` itself: it would wait for its own engine."""

        def on_idle_engine(item: Item) -> Result:
            engine = self._idle.get()
            try:
                return work(engine, item)
            finally:
                self._idle.put(engine)

        return list(self._threads.map(on_idle_engine, items))

    def close(self) -> None:
        """Start nothing more, and wait for what is under way."""
        self._threads.shutdown(cancel_futures=True)


@contextlib.contextmanager
def start_engines(number: int) -> Iterator[Engines]:
    """So many engines, which end with the block."""
    running = [Engine(cpus) for cpus in shares_of_cpus(number)]
    engines = Engines(running)
    try:
        yield engines
    finally:
        for engine in running:
            engine.close()  # what is under way fails at once
        engines.close()


def shares_of_cpus(num_engines: int) -> list[list[int] | None]:
    """The processors of each engine: its own, since two that choose freely often choose the same. None: any."""
    cpus = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    if not 1 < num_engines <= len(cpus):
        return [None] * num_engines
    return [cpus[first::num_engines] for first in range(num_engines)]
