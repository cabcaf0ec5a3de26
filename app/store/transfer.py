"""The record as one JSON document, and back. Taking one in merges: what is there already stays, so twice is as good as once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from app.errors import Refused, StoreError
from app.practice import events
from app.practice.clock import Instant
from app.practice.schedule import Item
from app.practice.session import fold
from app.store.database import Database
from app.store.reviews import reschedule
from app.store.sessions import add_details, local_day
from grader.result import Result

FORMAT = "drill-export"
VERSION = 1


class SessionOut(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    events: list[events.Stamped]


class AttemptOut(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    session: str
    drill: str
    deck: str
    wall_s: float
    day: str
    verdict: str
    passed: bool
    score: int | None
    elapsed_s: float
    par_s: float
    hints: int
    seed: int | None
    sha256: str
    source: str
    result: Result


class ReviewOut(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    item: str
    wall_s: float
    day: str
    rating: int
    suggested: int | None
    why: str
    session: str | None
    detail: str


class InterviewOut(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    started_wall_s: float
    day: str
    ended: int
    n: int
    body: str


class Export(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole document."""

    format: str
    version: int
    sessions: list[SessionOut] = []
    attempts: list[AttemptOut] = []
    reviews: list[ReviewOut] = []
    interviews: list[InterviewOut] = []


class Head(msgspec.Struct, frozen=True):
    format: str = ""
    version: int = 0


@dataclass(frozen=True)
class Taken:
    """What an import added. `kept` are sessions that had gone on differently here: ours stayed."""

    sessions: int
    attempts: int
    reviews: int
    interviews: int
    kept: int


ATTEMPT_COLUMNS = "id, session, drill, deck, wall_s, day, verdict, passed, score, elapsed_s, par_s, hints, seed, sha256"
REVIEW_COLUMNS = "id, item, wall_s, day, rating, suggested, why, session, detail"


def export_record(database: Database) -> bytes:
    """Everything, as JSON, in an order that depends on the content alone."""
    with database.transaction() as connection:  # one state of the record, whatever others write meanwhile
        sessions = [
            SessionOut(name, read_events(connection, name))
            for (name,) in connection.execute("SELECT id FROM sessions ORDER BY started_wall_s, id").fetchall()
        ]
        attempts = [
            attempt_out(row)
            for row in connection.execute(
                f"SELECT {ATTEMPT_COLUMNS}, source, body FROM attempts JOIN texts USING (sha256) JOIN results"
                " ON results.attempt = attempts.id ORDER BY wall_s, id"
            )
        ]
        reviews = [ReviewOut(*row) for row in connection.execute(f"SELECT {REVIEW_COLUMNS} FROM reviews ORDER BY wall_s, id")]
        interviews = [
            InterviewOut(*row)
            for row in connection.execute("SELECT id, started_wall_s, day, ended, n, body FROM interviews ORDER BY id")
        ]
    return msgspec.json.encode(Export(FORMAT, VERSION, sessions, attempts, reviews, interviews)) + b"\n"


def attempt_out(row: Any) -> AttemptOut:
    values = [*row[:-1], msgspec.json.decode(row[-1], type=Result)]
    values[7] = bool(values[7])
    return AttemptOut(*values)


def read_events(connection: Any, session: str) -> list[events.Stamped]:
    rows = connection.execute("SELECT boot_id, boottime_s, wall_s, body FROM events WHERE session = ? ORDER BY n", (session,))
    return [events.Stamped(Instant(*row[:3]), events.decode_event(row[3])) for row in rows.fetchall()]


def import_record(database: Database, data: bytes) -> Taken:
    """Take in a document: all of it or nothing. Raises StoreError for what is no export, or one of another version."""
    document = read_document(data)
    added = dict.fromkeys(("sessions", "same", "kept", "attempts", "reviews", "interviews"), 0)
    with database.transaction() as connection:
        for session in document.sessions:
            added[take_session(connection, session)] += 1
        known = {row[0] for row in connection.execute("SELECT id FROM sessions")}
        for attempt in document.attempts:
            if attempt.session not in known:
                raise StoreError(f"the export is not whole: attempt {attempt.id} belongs to no session in it")
            added["attempts"] += take_attempt(connection, attempt)
        for review in document.reviews:
            added["reviews"] += connection.execute(
                f"INSERT OR IGNORE INTO reviews ({REVIEW_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                msgspec.structs.astuple(review),
            ).rowcount
        for interview in document.interviews:
            added["interviews"] += connection.execute(
                "INSERT INTO interviews (id, started_wall_s, day, ended, n, body) VALUES (?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (id) DO UPDATE SET ended = excluded.ended, n = excluded.n, body = excluded.body"
                " WHERE excluded.n > n", msgspec.structs.astuple(interview),
            ).rowcount  # fmt: skip
        for item in {review.item for review in document.reviews}:
            reschedule(connection, item)
    added.pop("same")
    return Taken(**added)


def read_document(data: bytes) -> Export:
    try:
        head = msgspec.json.decode(data, type=Head)
        if head.format != FORMAT:
            raise StoreError("that is not an export of drill\nhint: `drill export` writes one")
        if head.version != VERSION:
            raise StoreError(f"that export has version {head.version}; this drill reads version {VERSION}\nhint: update drill")
        document = msgspec.json.decode(data, type=Export)
        for review in document.reviews:
            Item.parse(review.item)
            if not 1 <= review.rating <= 4:
                raise StoreError(f"the export is not whole: a rating of {review.rating}")
            local_day(review.wall_s)
        return document
    except (msgspec.DecodeError, ValueError, OverflowError) as error:
        raise StoreError(f"the export is not whole: {error}\nhint: write it again with `drill export`") from error


def take_session(connection: Any, session: SessionOut) -> str:
    """Add the events that are missing here. Says under which head to count it."""
    ours = read_events(connection, session.id)
    shorter = min(len(ours), len(session.events))
    if ours[:shorter] != session.events[:shorter]:
        return "kept"
    new = session.events[len(ours) :]
    if not new:
        return "same"
    try:
        state = fold(session.id, session.events)
    except Refused as error:
        raise StoreError(f"the export is not whole: session {session.id}: {error}") from error
    if not ours:
        at = state.started.wall_s
        connection.execute(
            "INSERT INTO sessions (id, drill, deck, kind, interview, file, started_wall_s, last_wall_s, day, num_events)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0)",
            (session.id, state.drill, state.deck, state.kind, state.interview, state.file, at, at, local_day(at).isoformat()),
        )
    for number, stamped in enumerate(new, len(ours) + 1):
        at_ = stamped.at
        body = events.encode_event(stamped.event).decode()
        connection.execute(
            "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?)", (session.id, number, at_.boot_id, at_.boottime_s, at_.wall_s, body)
        )
    connection.execute(
        "UPDATE sessions SET num_events = ?, last_wall_s = ?, ended = ?, paused = ?, elapsed_s = ? WHERE id = ?",
        (state.num_events, state.last.wall_s, state.ended, state.paused, state.elapsed_s, session.id),
    )
    return "sessions"


def take_attempt(connection: Any, attempt: AttemptOut) -> int:
    values = msgspec.structs.astuple(attempt)
    added: int = connection.execute(
        f"INSERT OR IGNORE INTO attempts ({ATTEMPT_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values[:14]
    ).rowcount
    if added:
        connection.execute("INSERT OR IGNORE INTO texts VALUES (?, ?)", (attempt.sha256, attempt.source))
        connection.execute("INSERT INTO results VALUES (?, ?)", (attempt.id, attempt.result.to_json().decode()))
        add_details(connection, attempt.id, attempt.deck, attempt.result)
    return added
