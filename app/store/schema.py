"""The tables, as numbered steps. A step, once released, is never changed; a new one is added."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

APPLICATION_ID = 0x6472696C
"""`dril`: marks the file as ours."""

FIRST = """
CREATE TABLE sessions (
    id TEXT PRIMARY KEY,
    drill TEXT NOT NULL,
    deck TEXT NOT NULL,
    kind TEXT NOT NULL,
    interview TEXT NOT NULL DEFAULT '',
    file TEXT NOT NULL,
    started_wall_s REAL NOT NULL,
    last_wall_s REAL NOT NULL,
    day TEXT NOT NULL,
    ended TEXT NOT NULL DEFAULT '',
    paused INTEGER NOT NULL DEFAULT 0,
    num_events INTEGER NOT NULL,
    elapsed_s REAL NOT NULL DEFAULT 0,
    seen TEXT
);
CREATE INDEX sessions_open ON sessions (last_wall_s) WHERE ended = '';
CREATE INDEX sessions_drill ON sessions (drill, last_wall_s);
CREATE INDEX sessions_file ON sessions (file, last_wall_s);
CREATE INDEX sessions_interview ON sessions (interview) WHERE interview != '';

CREATE TABLE events (
    session TEXT NOT NULL REFERENCES sessions (id),
    n INTEGER NOT NULL,
    boot_id TEXT NOT NULL,
    boottime_s REAL NOT NULL,
    wall_s REAL NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (session, n)
) WITHOUT ROWID;

CREATE TABLE attempts (
    id TEXT PRIMARY KEY,
    session TEXT NOT NULL REFERENCES sessions (id),
    drill TEXT NOT NULL,
    deck TEXT NOT NULL,
    wall_s REAL NOT NULL,
    day TEXT NOT NULL,
    verdict TEXT NOT NULL,
    passed INTEGER NOT NULL,
    score INTEGER,
    elapsed_s REAL NOT NULL,
    par_s REAL NOT NULL,
    hints INTEGER NOT NULL,
    seed INTEGER,
    sha256 TEXT NOT NULL
);
CREATE INDEX attempts_when ON attempts (wall_s);
CREATE INDEX attempts_drill ON attempts (drill, wall_s);
CREATE INDEX attempts_session ON attempts (session);

CREATE TABLE texts (sha256 TEXT PRIMARY KEY, source TEXT NOT NULL);
CREATE TABLE results (attempt TEXT PRIMARY KEY REFERENCES attempts (id), body TEXT NOT NULL);
CREATE TABLE attempt_families (
    attempt TEXT NOT NULL REFERENCES attempts (id),
    deck TEXT NOT NULL,
    family TEXT NOT NULL,
    points REAL NOT NULL,
    max_points REAL NOT NULL,
    PRIMARY KEY (attempt, family)
) WITHOUT ROWID;
CREATE TABLE attempt_misconceptions (
    attempt TEXT NOT NULL REFERENCES attempts (id),
    name TEXT NOT NULL,
    drill TEXT NOT NULL,
    message TEXT NOT NULL,
    PRIMARY KEY (attempt, name)
) WITHOUT ROWID;

CREATE TABLE reviews (
    id TEXT PRIMARY KEY,
    item TEXT NOT NULL,
    wall_s REAL NOT NULL,
    day TEXT NOT NULL,
    rating INTEGER NOT NULL,
    suggested INTEGER,
    why TEXT NOT NULL,
    session TEXT,
    detail TEXT NOT NULL DEFAULT '{}',
    counted INTEGER NOT NULL DEFAULT 1
);
CREATE INDEX reviews_item ON reviews (item, day, wall_s);
CREATE INDEX reviews_session ON reviews (session) WHERE session IS NOT NULL;
CREATE INDEX reviews_when ON reviews (wall_s);

CREATE TABLE items (
    item TEXT PRIMARY KEY,
    due TEXT NOT NULL,
    stability_days REAL NOT NULL,
    difficulty REAL NOT NULL,
    last TEXT NOT NULL,
    reviews INTEGER NOT NULL,
    failures INTEGER NOT NULL
);

CREATE TABLE drafts (session TEXT PRIMARY KEY, text TEXT NOT NULL, base_sha256 TEXT NOT NULL, wall_s REAL NOT NULL);
CREATE TABLE interviews (
    id TEXT PRIMARY KEY,
    started_wall_s REAL NOT NULL,
    day TEXT NOT NULL,
    ended INTEGER NOT NULL DEFAULT 0,
    n INTEGER NOT NULL,
    body TEXT NOT NULL
);

CREATE TABLE days (day TEXT PRIMARY KEY, practised INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE drill_sums (
    drill TEXT PRIMARY KEY,
    deck TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    passed INTEGER NOT NULL,
    best_score INTEGER
) WITHOUT ROWID;
CREATE TABLE deck_weeks (
    deck TEXT NOT NULL,
    week TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    passed INTEGER NOT NULL,
    scored INTEGER NOT NULL,
    score_sum INTEGER NOT NULL,
    elapsed_sum REAL NOT NULL,
    PRIMARY KEY (deck, week)
) WITHOUT ROWID;
CREATE TABLE family_sums (
    deck TEXT NOT NULL,
    family TEXT NOT NULL,
    points REAL NOT NULL,
    max_points REAL NOT NULL,
    attempts INTEGER NOT NULL,
    PRIMARY KEY (deck, family)
) WITHOUT ROWID;
CREATE TABLE misconception_sums (
    name TEXT NOT NULL,
    drill TEXT NOT NULL,
    message TEXT NOT NULL,
    met INTEGER NOT NULL,
    PRIMARY KEY (drill, name)
) WITHOUT ROWID;

CREATE TRIGGER attempt_sums AFTER INSERT ON attempts BEGIN
    INSERT INTO days VALUES (new.day, 1) ON CONFLICT (day) DO UPDATE SET practised = practised + 1;
    INSERT INTO drill_sums VALUES (new.drill, new.deck, 1, new.passed, new.score)
        ON CONFLICT (drill) DO UPDATE SET attempts = attempts + 1, passed = passed + excluded.passed,
            best_score = max(coalesce(best_score, excluded.best_score), coalesce(excluded.best_score, best_score));
    INSERT INTO deck_weeks VALUES (
        new.deck, date(new.day, 'weekday 0', '-6 days'), 1, new.passed, new.score IS NOT NULL, coalesce(new.score, 0),
        new.elapsed_s
    ) ON CONFLICT (deck, week) DO UPDATE SET attempts = attempts + 1, passed = passed + excluded.passed,
        scored = scored + excluded.scored, score_sum = score_sum + excluded.score_sum,
        elapsed_sum = elapsed_sum + excluded.elapsed_sum;
END;
CREATE TRIGGER family_sums_grow AFTER INSERT ON attempt_families BEGIN
    INSERT INTO family_sums VALUES (new.deck, new.family, new.points, new.max_points, 1)
        ON CONFLICT (deck, family) DO UPDATE SET points = points + excluded.points,
            max_points = max_points + excluded.max_points, attempts = attempts + 1;
END;
CREATE TRIGGER misconception_sums_grow AFTER INSERT ON attempt_misconceptions BEGIN
    INSERT INTO misconception_sums VALUES (new.name, new.drill, new.message, 1)
        ON CONFLICT (drill, name) DO UPDATE SET met = met + 1, message = excluded.message;
END;
CREATE TRIGGER review_days AFTER INSERT ON reviews BEGIN
    INSERT INTO days VALUES (new.day, 1) ON CONFLICT (day) DO UPDATE SET practised = practised + 1;
END;
"""

STEPS = (FIRST,)
LATEST = len(STEPS)


def statements(script: str) -> Iterator[str]:
    """The statements of a script one by one: `executescript` would end the transaction around them."""
    pending = ""
    for line in script.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            yield pending
            pending = ""
