"""A suite under plain pytest, for whoever writes one: `pytest -p grader.examiner.plain .../test_hidden.py --submission FILE`.

The submission runs in a forked, UNCONFINED process. Assertions, tracebacks and options are pytest's own; there is no
score. Never judge a foreign file this way.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from grader import events
from grader import protocol as p
from grader.catalogue import Drill
from grader.examiner.draw import Draw
from grader.examiner.failures import CheckFailed
from grader.examiner.plugin import MARK, SubmissionSubject, check_id
from grader.examiner.session import load_reference, read_signatures
from grader.examiner.subject import Subject
from grader.examiner.transport import LocalTransport, RemoteTransport
from grader.submission import read_submission
from grader.wire import Channel

LIMITS = events.Limits()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("drill")
    group.addoption("--submission", metavar="FILE", help="the submission to run the suite against")
    group.addoption("--seed", type=int, default=0, help="of all inputs")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", MARK)
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def drill(request: pytest.FixtureRequest) -> Drill:
    """The drill in whose folder the suite lies."""
    folder = Path(request.session.items[0].path).parent
    root = folder.parent.parent.parent
    return Drill(folder.name, folder.parent.name, folder, root / "solutions" / folder.parent.name / folder.name)


@pytest.fixture(scope="session")
def submission(drill: Drill, request: pytest.FixtureRequest) -> Iterator[Subject]:
    path = request.config.getoption("--submission")
    if path is None:
        pytest.exit("pass --submission FILE", returncode=4)
    source = read_submission(path).source
    channel = fork_candidate()
    transport = RemoteTransport(channel, LIMITS.check_s, LIMITS.total_s)
    for message in (p.Parse(source), p.Load(list(drill.file.forbidden)), p.Inspect(list(read_signatures(drill)))):
        reply, _ = transport.request(message)
        if isinstance(reply, p.Unparsable | p.Raised) or (isinstance(reply, p.Inspected) and reply.problems):
            pytest.exit(f"the submission does not load: {reply}", returncode=1)
    yield SubmissionSubject(transport)
    channel.close()


@pytest.fixture(scope="session")
def reference(drill: Drill) -> Subject:
    return Subject(LocalTransport(load_reference(drill.reference)), "reference")


@pytest.fixture
def draw(request: pytest.FixtureRequest) -> Draw:
    return Draw(request.config.getoption("--seed"), check_id(request.node))


def fork_candidate() -> Channel:
    from grader.candidate.server import Server

    ours, theirs = socket.socketpair()
    if os.fork() == 0:
        ours.close()
        try:
            Server(Channel(theirs)).serve()
        finally:
            os._exit(0)
    theirs.close()
    return Channel(ours)


__all__ = ["CheckFailed", "pytest_addoption", "pytest_configure"]
