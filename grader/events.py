"""What flows between front, engine and examiner while a grade runs. Typed, streamed, no torch.

Two channels. On the control channel the front asks the engine for processes: Submit (with the examiner's end of a fresh
socket pair attached), Cancel, Stop; and the engine answers Ready, and for each grade Started and Over. On the socket
pair of one grade the front sends the examiner one Examine, and the examiner streams Collected, CheckStarted,
CheckFinished, LedgerRowGraded and, last, Finished. So neither seeds nor submissions ever pass through the engine, whose
memory every later candidate inherits.
"""

from __future__ import annotations

import msgspec

from grader.catalogue import Family
from grader.sandbox.layers import Layer

HIDDEN_SUITE = "test_hidden.py"
PUBLIC_SUITE = "test_public.py"
LOADS = "loads"
"""The check that comes before those of a suite: the file loads and has what the contract calls."""


class Limits(msgspec.Struct, frozen=True):
    """What one grade may use."""

    load_s: float = 10.0
    """Wall-clock seconds that reading and running the file may take."""
    check_s: float = 10.0
    """Wall-clock seconds that one check may wait for the submission."""
    total_s: float = 60.0
    """Wall-clock seconds that all checks together may wait for it."""
    memory_bytes: int = 2 << 30
    """Address space beyond that of the warm engine."""
    file_bytes: int = 16 << 20
    scratch_bytes: int = 64 << 20
    output_bytes: int = 64 << 10
    """Of its stdout and stderr, this much is kept; the rest is read and dropped."""


class Submit(msgspec.Struct, tag="submit", frozen=True):
    """Start a candidate and an examiner. The examiner's socket comes with it as a descriptor."""

    grade: int
    limits: Limits


class KnownMistake(msgspec.Struct, frozen=True):
    """One of the drill's wrong submissions."""

    name: str
    source: str


class Trial(msgspec.Struct, frozen=True):
    """A file of the drill's own, tried among others in one candidate."""

    name: str
    source: str
    seed: int
    family: str = ""
    """The family in which it must fail; empty where any will do."""
    to_the_end: bool = False
    """Run every check, not only up to the first (of its family) that fails it."""


class Examine(msgspec.Struct, tag="examine", frozen=True):
    """What to examine, and how."""

    source: str
    limits: Limits
    drill_name: str
    drill_folder: str
    solution_folder: str
    suite: str
    """File name of the suite in the drill's folder."""
    seed: int
    mistakes: list[KnownMistake] = []
    """Run these instead of a submission, and say which one explains `failing`."""
    failing: dict[str, str] = {}
    """Check -> message, of a submission graded before with the same seed."""
    trials: list[Trial] = []
    """Run these instead of a submission, one after another."""
    watches_tolerances: bool = False
    """Report what the comparisons let pass as Tolerated."""
    traced: bool = False
    """Report what ran as Covered. For the author's gate, with one of the drill's own files."""
    bytecode_cache: str | None = None
    """Folder for the compiled suite, since a drill's folder holds what its author put there alone."""


class Cancel(msgspec.Struct, tag="cancel", frozen=True):
    grade: int


class Stop(msgspec.Struct, tag="stop", frozen=True):
    """Kill everything and end."""


ToEngine = Submit | Cancel | Stop


class Ready(msgspec.Struct, tag="ready", frozen=True):
    """The engine is warm."""

    pid: int
    versions: dict[str, str]


class Started(msgspec.Struct, tag="started", frozen=True):
    """Both processes run, and this confines the candidate."""

    grade: int
    isolation: list[Layer]


class CheckPlan(msgspec.Struct, frozen=True):
    id: str
    family: Family
    points: float


class Collected(msgspec.Struct, tag="collected", frozen=True):
    """Every check that has to report. One that does not has failed."""

    checks: list[CheckPlan]


class CheckStarted(msgspec.Struct, tag="check_started", frozen=True):
    id: str


class CheckFinished(msgspec.Struct, tag="check_finished", frozen=True):
    id: str
    outcome: str
    """`passed`, `failed` or `skipped`."""
    message: str = ""
    seconds: float = 0.0
    notes: list[str] = []
    """For the learner, without effect on the outcome (host syncs seen)."""


class LedgerRowGraded(msgspec.Struct, tag="ledger_row", frozen=True):
    name: str
    asks: str
    expression: str | None
    outcome: str
    message: str = ""


class MistakeRecognised(msgspec.Struct, tag="mistake", frozen=True):
    """The one known mistake that explains the failing checks."""

    name: str


class Tried(msgspec.Struct, tag="tried", frozen=True):
    """How one trial went. One that ended the process is not told, nor are those after it."""

    name: str
    failed: list[str]
    """The checks that failed it."""
    settled: bool
    """Whether one of its family is among them."""


class Covered(msgspec.Struct, tag="covered", frozen=True):
    """What ran of a traced file: pairs of lines of which the second ran right after the first; a negative one is the way
    into (first) or out of (second) the code that begins at that line."""

    arcs: list[tuple[int, int]]


class Tolerated(msgspec.Struct, tag="tolerated", frozen=True):
    """What the comparisons of a suite let pass: (its line, dtype or what else is compared, error that passes as a share of
    what is expected)."""

    shares: list[tuple[int, str, float]]


class Finished(msgspec.Struct, tag="finished", frozen=True):
    """The examiner is done. `ended` is empty after a run to the end, else the verdict that the end forces: crashed,
    timed_out, out_of_memory, rejected or grader_error."""

    ended: str = ""
    message: str = ""


class Over(msgspec.Struct, tag="over", frozen=True):
    """Both processes have been killed, and no output is to come."""

    grade: int
    output: str = ""
    """What the submission printed, capped; foreign text as it came."""
    output_dropped: int = 0
    """Bytes of output beyond the cap."""
    candidate_signal: int | None = None
    """The signal that ended the candidate before the examiner was done."""
    stopped: str = ""
    """Why the engine ended the grade itself: `cancelled` or `overdue`."""


ExaminerEvent = (
    Collected | CheckStarted | CheckFinished | LedgerRowGraded | MistakeRecognised | Tried | Covered | Tolerated
    | Finished
)
FromEngine = Ready | Started | Over
GradeEvent = Started | ExaminerEvent | Over

encode = msgspec.msgpack.Encoder().encode
decode_to_engine = msgspec.msgpack.Decoder(ToEngine).decode
decode_from_engine = msgspec.msgpack.Decoder(FromEngine).decode
decode_examine = msgspec.msgpack.Decoder(Examine).decode
decode_examiner_event = msgspec.msgpack.Decoder(ExaminerEvent).decode
