"""Interviews in the database: each is one small document, written whole after every part."""

from __future__ import annotations

import msgspec

from app.errors import Refused
from app.practice.interview import Interview
from app.store.database import Database
from app.store.sessions import local_day, rows_of


def save(database: Database, interview: Interview) -> Interview:
    """Write it. Raises Refused where another program is further with it."""
    body = msgspec.json.encode(interview).decode()
    step = len(interview.done) + interview.ended
    started = interview.started.wall_s
    with database.transaction() as connection:
        written = connection.execute(
            "INSERT INTO interviews (id, started_wall_s, day, ended, n, body) VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET ended = excluded.ended, n = excluded.n, body = excluded.body WHERE excluded.n > n",
            (interview.id, started, local_day(started).isoformat(), interview.ended, step, body),
        ).rowcount
    if not written:
        raise Refused("this interview went on in another window")
    return interview


def open_interview(database: Database) -> Interview | None:
    """The latest one that is not over."""
    rows = rows_of(database, "SELECT body FROM interviews WHERE NOT ended ORDER BY started_wall_s DESC LIMIT 1")
    return msgspec.json.decode(rows[0][0], type=Interview) if rows else None


def last_interviews(database: Database, limit: int = 5) -> list[Interview]:
    """The latest ones, over or not, the latest first."""
    rows = rows_of(database, "SELECT body FROM interviews ORDER BY started_wall_s DESC LIMIT ?", limit)
    return [msgspec.json.decode(row[0], type=Interview) for row in rows]
