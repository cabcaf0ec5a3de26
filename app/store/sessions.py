"""Sessions, their events and their attempts in the database.

A session's events are numbered; a writer adds the next one inside a transaction in which it has read the number. So two
apps on one record cannot fork a session: the second first takes in what the first one wrote.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import msgspec

from app.errors import StoreError
from app.practice import events
from app.practice.clock import Instant
from app.practice.session import Session, apply, fold
from app.store.database import Database
from grader.result import Result


@dataclass(frozen=True)
class AttemptRecord:
    """What is kept of one submission to the hidden suite."""

    id: str
    source: str
    result: Result


@dataclass(frozen=True)
class AttemptLine:
    """An attempt in a list."""

    id: str
    session: str
    drill: str
    deck: str
    wall_s: float
    verdict: str
    passed: bool
    score: int | None
    elapsed_s: float
    par_s: float
    hints: int


def new_id() -> str:
    return uuid.uuid4().hex


def local_day(wall_s: float) -> date:
    """The day of the person's calendar."""
    return datetime.fromtimestamp(wall_s).date()


def start(database: Database, stamped: events.Stamped) -> Session:
    """Begin a session. Practice that runs is paused: one clock goes at a time.

    Where another program has just begun practice of the drill, that session is returned.
    """
    session_id = new_id()
    state = apply(None, stamped, session_id)
    with database.transaction() as connection:
        if state.kind == "practice" and (current := open_session_of(database, state.drill)) is not None:
            return current
        for (other,) in connection.execute("SELECT id FROM sessions WHERE ended = '' AND paused = 0").fetchall():
            append(database, load(database, other), events.Stamped(stamped.at, events.Paused()))
        connection.execute(
            "INSERT INTO sessions (id, drill, deck, kind, interview, file, started_wall_s, last_wall_s, day, num_events)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0)",
            (session_id, state.drill, state.deck, state.kind, state.interview, state.file, stamped.at.wall_s, stamped.at.wall_s,
             local_day(stamped.at.wall_s).isoformat()),
        )  # fmt: skip
        write_event(connection, state, stamped)
    return state


def append(
    database: Database, session: Session, stamped: events.Stamped, attempt: AttemptRecord | None = None
) -> Session:
    """Add an event, and the attempt that it tells of, and return the new state.

    What another process added since `session` was read is taken in first. Raises Refused when the event cannot happen then.
    """
    with database.transaction() as connection:
        row = connection.execute("SELECT num_events FROM sessions WHERE id = ?", (session.id,)).fetchone()
        if row is None:
            raise StoreError(f"{database.path}: there is no session {session.id}")
        current = session if row[0] == session.num_events else load(database, session.id)
        state = apply(current, stamped, session.id)
        write_event(connection, state, stamped)
        if attempt is not None:
            add_attempt(connection, state, stamped.at, attempt)
    return state


def write_event(connection: Any, state: Session, stamped: events.Stamped) -> None:
    at = stamped.at
    connection.execute(
        "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?)",
        (state.id, state.num_events, at.boot_id, at.boottime_s, at.wall_s, events.encode_event(stamped.event).decode()),
    )
    connection.execute(
        "UPDATE sessions SET num_events = ?, last_wall_s = ?, ended = ?, paused = ?, elapsed_s = ? WHERE id = ?",
        (state.num_events, max(at.wall_s, state.last.wall_s), state.ended, state.paused, state.elapsed_s, state.id),
    )


def add_attempt(connection: Any, state: Session, at: Instant, attempt: AttemptRecord) -> None:
    result = attempt.result
    connection.execute(
        "INSERT INTO attempts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (attempt.id, state.id, state.drill, state.deck, at.wall_s, local_day(at.wall_s).isoformat(), result.verdict,
         result.passed, result.score, state.elapsed_s, state.par_s, state.hints, result.seed, result.submission_sha256),
    )  # fmt: skip
    connection.execute("INSERT OR IGNORE INTO texts VALUES (?, ?)", (result.submission_sha256, attempt.source))
    connection.execute("INSERT INTO results VALUES (?, ?)", (attempt.id, result.to_json().decode()))
    add_details(connection, attempt.id, state.deck, result)


def add_details(connection: Any, attempt: str, deck: str, result: Result) -> None:
    connection.executemany(
        "INSERT OR IGNORE INTO attempt_families VALUES (?, ?, ?, ?, ?)",
        [(attempt, deck, name, family.points, family.max_points) for name, family in result.families.items()],
    )
    connection.executemany(
        "INSERT OR IGNORE INTO attempt_misconceptions VALUES (?, ?, ?, ?)",
        [(attempt, found.name, result.drill, found.message) for found in result.misconceptions],
    )


def keep_late_attempt(database: Database, session: Session, at: Instant, attempt: AttemptRecord) -> None:
    """Keep an attempt whose session was ended elsewhere while it was graded."""
    with database.transaction() as connection:
        add_attempt(connection, session, at, attempt)


def load(database: Database, session_id: str) -> Session:
    """The state of a session, from all its events. Raises StoreError where there is none."""
    with database.reading() as connection:
        rows = connection.execute(
            "SELECT boot_id, boottime_s, wall_s, body FROM events WHERE session = ? ORDER BY n", (session_id,)
        ).fetchall()
    if not rows:
        raise StoreError(f"{database.path}: there is no session {session_id}")
    try:
        history = [events.Stamped(Instant(*row[:3]), events.decode_event(row[3])) for row in rows]
    except msgspec.DecodeError as error:
        raise StoreError(f"{database.path}: session {session_id} cannot be read: {error}\nhint: update drill") from error
    return fold(session_id, history)


def open_sessions(database: Database) -> list[Session]:
    """Sessions that are not over, the latest first."""
    return [load(database, row[0]) for row in rows_of(
        database, "SELECT id FROM sessions WHERE ended = '' ORDER BY last_wall_s DESC")]  # fmt: skip


def open_session_of(database: Database, drill: str) -> Session | None:
    """The drill's practice session that is not over."""
    rows = rows_of(
        database,
        "SELECT id FROM sessions WHERE drill = ? AND ended = '' AND kind = 'practice' ORDER BY last_wall_s DESC LIMIT 1", drill,
    )  # fmt: skip
    return load(database, rows[0][0]) if rows else None


def open_session_of_file(database: Database, path: str) -> Session | None:
    """The session that is not over and whose answer is this file."""
    rows = rows_of(database, "SELECT id FROM sessions WHERE file = ? AND ended = '' ORDER BY last_wall_s DESC LIMIT 1", path)
    return load(database, rows[0][0]) if rows else None


def last_session_of(database: Database, drill: str) -> Session | None:
    """The latest session of a drill, over or not."""
    rows = rows_of(database, "SELECT id FROM sessions WHERE drill = ? ORDER BY last_wall_s DESC LIMIT 1", drill)
    return load(database, rows[0][0]) if rows else None


def may_see_reference(database: Database, drill: str) -> bool:
    """Whether a session of the drill was passed, given up or ran out of time."""
    return bool(rows_of(
        database, "SELECT 1 FROM sessions WHERE drill = ? AND ended IN ('passed', 'gave_up', 'out_of_time') LIMIT 1", drill
    ))  # fmt: skip


def sign_of_life(database: Database, session_id: str, at: Instant) -> None:
    """Note that a front still shows the session. No event: only the last one counts."""
    with database.transaction() as connection:
        connection.execute("UPDATE sessions SET seen = ? WHERE id = ?", (msgspec.json.encode(at).decode(), session_id))


def last_sign_of_life(database: Database, session_id: str) -> Instant | None:
    rows = rows_of(database, "SELECT seen FROM sessions WHERE id = ?", session_id)
    return msgspec.json.decode(rows[0][0], type=Instant) if rows and rows[0][0] else None


def last_attempts(database: Database, limit: int, drill: str | None = None) -> list[AttemptLine]:
    """The latest attempts, the latest first; of one drill where it is named."""
    where, values = ("WHERE drill = ?", (drill,)) if drill else ("", ())
    rows = rows_of(
        database,
        "SELECT id, session, drill, deck, wall_s, verdict, passed, score, elapsed_s, par_s, hints FROM attempts "
        f"{where} ORDER BY wall_s DESC LIMIT ?", *values, limit,
    )  # fmt: skip
    return [AttemptLine(*row) for row in rows]


def full_id(database: Database, start: str) -> str:
    """The id of the one attempt that begins so. Raises StoreError."""
    rows = rows_of(database, "SELECT id FROM attempts WHERE id >= ? AND id < ? LIMIT 2", start, start + "g")
    if len(rows) != 1:
        which = "several attempts begin" if rows else "no attempt begins"
        raise StoreError(f"{which} with {start!r}\nhint: drill history lists them")
    return str(rows[0][0])


def read_attempt(database: Database, attempt: str) -> tuple[str, bytes]:
    """The submitted text and the result as JSON. Raises StoreError."""
    rows = rows_of(
        database,
        "SELECT source, body FROM attempts JOIN results ON results.attempt = attempts.id JOIN texts USING (sha256)"
        " WHERE attempts.id = ?", attempt,
    )  # fmt: skip
    if not rows:
        raise StoreError(f"there is no attempt {attempt}\nhint: drill history lists them")
    return rows[0][0], rows[0][1].encode()


def save_draft(database: Database, session_id: str, text: str, base_sha256: str, at: Instant) -> None:
    """Keep unsaved text that cannot go into the file, because that was changed by another program."""
    with database.transaction() as connection:
        connection.execute("INSERT OR REPLACE INTO drafts VALUES (?, ?, ?, ?)", (session_id, text, base_sha256, at.wall_s))


def draft_of(database: Database, session_id: str) -> tuple[str, str] | None:
    """The text that was kept and the sha256 of the file it was made from."""
    rows = rows_of(database, "SELECT text, base_sha256 FROM drafts WHERE session = ?", session_id)
    return (rows[0][0], rows[0][1]) if rows else None


def clear_draft(database: Database, session_id: str) -> None:
    with database.transaction() as connection:
        connection.execute("DELETE FROM drafts WHERE session = ?", (session_id,))


def rows_of(database: Database, query: str, *values: object) -> list[Any]:
    with database.reading() as connection:
        return connection.execute(query, values).fetchall()
