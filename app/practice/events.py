"""What can happen in a session of one drill. A session is nothing but these events, in order; see `session.apply`."""

from __future__ import annotations

from typing import Literal

import msgspec

from app.practice.clock import Instant

Mode = Literal["strict", "relaxed"]
"""At zero, strict submits what is there and relaxed goes on and notes it."""
Kind = Literal["practice", "interview"]


class Event(msgspec.Struct, frozen=True, tag=True, omit_defaults=True):
    """Base of all."""


class Started(Event, frozen=True, tag="started"):
    """The clock starts, and the ledger is asked for."""

    drill: str
    deck: str
    par_s: float
    mode: Mode
    ledger_rows: list[str]
    """Names of the rows to fill in; empty where the drill has none, and then the code is open at once."""
    file: str
    """Absolute path of the person's answer."""
    kind: Kind = "practice"
    interview: str = ""
    """Id of the interview that it is part of."""


class Paused(Event, frozen=True, tag="paused"):
    """The clock stands. Quitting pauses; a crash does not."""


class Resumed(Event, frozen=True, tag="resumed"):
    """The clock goes on."""


class AwayForgiven(Event, frozen=True, tag="away_forgiven"):
    """Time away without a pause (a crash, a closed terminal) that the person asked to leave out."""

    seconds: float


class LedgerSaved(Event, frozen=True, tag="ledger_saved"):
    """What stands in the rows now, graded or not."""

    entries: dict[str, str]


class LedgerGraded(Event, frozen=True, tag="ledger_graded"):
    """The rows were graded by value. The code opens by itself when all are right."""

    entries: dict[str, str]
    wrong: dict[str, str]
    """Row -> what is wrong with it; right rows are absent."""


class CodeOpened(Event, frozen=True, tag="code_opened"):
    """On to the code with rows that are not right yet."""


class LedgerSkipped(Event, frozen=True, tag="ledger_skipped"):
    """On to the code without a ledger, at its cost."""


class HintTaken(Event, frozen=True, tag="hint_taken"):
    """Levels up to this one are paid for."""

    level: int


class PublicRun(Event, frozen=True, tag="public_run"):
    """The public suite ran on the file."""

    sha256: str
    verdict: str
    passed: int
    total: int


class Attempted(Event, frozen=True, tag="attempted"):
    """The hidden suite judged the file."""

    attempt: str
    """Id of the attempt, whose text and result the store keeps."""
    sha256: str
    verdict: str
    passed: bool
    score: int | None
    seconds: float
    at_zero: bool = False
    """Strict mode submitted it because the time was over."""


class WentOver(Event, frozen=True, tag="went_over"):
    """Relaxed mode passed zero."""


class GaveUp(Event, frozen=True, tag="gave_up"):
    """The person wants to see the reference."""


class Abandoned(Event, frozen=True, tag="abandoned"):
    """Put away without a verdict; leaves the schedule alone."""


AnyEvent = (
    Started | Paused | Resumed | AwayForgiven | LedgerSaved | LedgerGraded | CodeOpened | LedgerSkipped | HintTaken
    | PublicRun | Attempted | WentOver | GaveUp | Abandoned
)  # fmt: skip


class Stamped(msgspec.Struct, frozen=True):
    """An event and when it happened."""

    at: Instant
    event: AnyEvent


encode_event = msgspec.json.Encoder().encode
decode_event = msgspec.json.Decoder(AnyEvent).decode
