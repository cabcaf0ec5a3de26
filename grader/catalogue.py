"""The catalogue: drills and cards, read from their folders and validated. Light on purpose: `drill list` pays for it.

A drill is two folders of the same name: `drills/<deck>/<name>` (what is asked) and `solutions/<deck>/<name>` (what answers
it). Nothing here imports either; they are read as files.
"""

from __future__ import annotations

import difflib
import os
import re
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal, get_args

import msgspec

from grader.errors import CatalogueError, UnknownDrill
from grader.toml_file import read_text, read_toml

Family = Literal[
    "contract", "shape", "finiteness", "numerics", "gradients", "causality", "statistics", "gpu", "efficiency", "ledger"
]
FAMILIES: tuple[Family, ...] = get_args(Family)
NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
OPTIONAL_FAMILIES = ("efficiency", "ledger")
"""A submission passes without these; they cost points only."""
FULL_SCORE = 100
PATH_VARIABLE = "DRILL_PATH"
"""Names folders with drills of one's own, separated as in PATH."""
CARD_FILE = "card.toml"
ROUNDS = "rounds"
"""The folder of a deck that holds its estimation rounds; no drill has this name."""


class Symbol(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A letter of the ledger."""

    means: str
    range: tuple[int, int] = (2, 97)
    multiple_of: str | None = None


class LedgerRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    asks: str
    answer: str
    points: float | None = None


class Ledger(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    symbols: dict[str, Symbol] = {}
    rows: list[LedgerRow] = []


class Rubric(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    points: dict[Family, int]
    gates: dict[Family, int] = {}


class DrillFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """drill.toml."""

    title: str
    summary: str
    difficulty: Literal["easy", "medium", "hard"]
    par_minutes: int
    entry_points: list[str]
    hints: tuple[str, str, str]
    rubric: Rubric
    tags: list[str] = []
    forbidden: list[str] = []
    refuses: list[str] = []
    """What must raise ValueError, each as it stands in prompt.md, word for word."""
    conventions: dict[str, str | list[str]] = {}
    """What checks rely on: name -> the phrase, or phrases, that say it in prompt.md, word for word."""
    ledger: Ledger = Ledger()

    @property
    def phrases(self) -> dict[str, list[str]]:
        """Convention -> its phrases, also where there is one."""
        return {name: [said] if isinstance(said, str) else said for name, said in self.conventions.items()}


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    columns: list[str]
    rows: list[list[str]]


class Card(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """card.toml."""

    title: str
    number: int
    question: str
    answer: str
    checklist: list[str]
    table: Table | None = None


@dataclass(frozen=True)
class Drill:
    """One drill and where its files lie."""

    name: str
    deck: str
    folder: Path
    solution_folder: Path

    @cached_property
    def file(self) -> DrillFile:
        """drill.toml, validated. Raises CatalogueError."""
        drill_file = read_toml(self.folder / "drill.toml", DrillFile)
        check_drill_file(self.folder / "drill.toml", drill_file)
        return drill_file

    @property
    def reference(self) -> Path:
        return self.solution_folder / "reference.py"

    @property
    def accepted(self) -> list[Path]:
        return sorted((self.solution_folder / "accepted").glob("*.py"))

    @property
    def wrong(self) -> list[Path]:
        return sorted((self.solution_folder / "wrong").glob("*.py"))

    def read(self, name: str) -> str:
        """The text of a file in the drill's folder. Raises CatalogueError."""
        return read_text(self.folder / name)


@dataclass(frozen=True)
class RoundEntry:
    """One estimation round and its file, which grader.estimation reads: a list needs the names alone."""

    name: str
    deck: str
    path: Path


@dataclass(frozen=True)
class Deck:
    name: str
    folder: Path
    drills: tuple[Drill, ...]
    rounds: tuple[RoundEntry, ...] = ()

    @cached_property
    def card(self) -> Card:
        """card.toml, validated. Raises CatalogueError."""
        return read_toml(self.folder / CARD_FILE, Card)


class Catalogue:
    """All decks under some roots (folders with `drills` and `solutions` in them). A deck may spread over several."""

    def __init__(self, *roots: Path) -> None:
        self.roots = roots

    @cached_property
    def decks(self) -> tuple[Deck, ...]:
        """Every deck that holds a drill or a round, by the number of its card. Raises CatalogueError for a broken card."""
        folders: dict[str, list[Path]] = {}
        for root in self.roots:
            for folder in folders_in(root / "drills"):
                folders.setdefault(folder.name, []).append(folder)
        decks = []
        for name, places in folders.items():
            home = home_of(places, places[0])
            drills = sorted((drill for place in places for drill in drills_in(place)), key=lambda drill: drill.name)
            rounds = sorted((entry for place in places for entry in rounds_in(place)), key=lambda entry: entry.name)
            if drills or rounds:
                decks.append(Deck(name, home, tuple(drills), tuple(rounds)))
        return tuple(sorted(decks, key=lambda deck: (deck.card.number, deck.name)))

    def __iter__(self) -> Iterator[Drill]:
        for deck in self.decks:
            yield from deck.drills

    def find(self, name: str) -> Drill:
        """The drill of this name. Raises UnknownDrill, with the nearest names as a hint."""
        drills = self._by_name
        if name in drills:
            return drills[name]
        raise UnknownDrill(f"there is no drill {name!r}\nhint: {nearest(name, drills)}")

    @property
    def rounds(self) -> tuple[RoundEntry, ...]:
        """Every estimation round, deck by deck. Raises CatalogueError for a broken card."""
        return tuple(entry for deck in self.decks for entry in deck.rounds)

    def find_round(self, name: str) -> RoundEntry:
        """The estimation round of this name. Raises UnknownDrill, with the nearest names as a hint."""
        found: dict[str, RoundEntry] = {}
        for entry in self.all_rounds():
            if entry.name in found or entry.name in self._by_name:
                other = found[entry.name].path if entry.name in found else self._by_name[entry.name].folder
                raise CatalogueError(f"{entry.path}: {other} has this name too")
            found[entry.name] = entry
        if name in found:
            return found[name]
        raise UnknownDrill(f"there is no round {name!r}\nhint: {nearest(name, found)}")

    def all_drills(self) -> list[Drill]:
        """By folder alone, without a look at the cards."""
        return [drill for root in self.roots for folder in folders_in(root / "drills") for drill in drills_in(folder)]

    def all_rounds(self) -> list[RoundEntry]:
        """By folder alone, without a look at the cards."""
        return [entry for root in self.roots for folder in folders_in(root / "drills") for entry in rounds_in(folder)]

    @cached_property
    def _by_name(self) -> dict[str, Drill]:
        """Found by folder alone, so that one broken card does not keep a drill from being found."""
        found: dict[str, Drill] = {}
        for drill in self.all_drills():
            if drill.name in found:
                raise CatalogueError(f"{drill.folder}: {found[drill.name].folder} is a drill of this name too")
            found[drill.name] = drill
        return found


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint for a name that is not known."""
    near = difflib.get_close_matches(name, list(known), n=3, cutoff=0.5)
    return f"did you mean {' or '.join(near)}?" if near else "`drill list` shows all"


def home_of(places: Iterable[Path], default: Path) -> Path:
    """Of the folders of one deck the first that holds its card."""
    return next((place for place in places if (place / CARD_FILE).is_file()), default)


def rounds_in(folder: Path) -> list[RoundEntry]:
    """The estimation rounds of one deck's folder."""
    try:
        entries = sorted(os.listdir(folder / ROUNDS))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise CatalogueError(f"{folder / ROUNDS}: {error.strerror or error}") from error
    names = [entry.removesuffix(".toml") for entry in entries if entry.endswith(".toml")]
    return [RoundEntry(name, folder.name, folder / ROUNDS / f"{name}.toml") for name in names if NAME.fullmatch(name)]


def drills_in(folder: Path) -> list[Drill]:
    """The drills of one deck's folder."""
    solutions = folder.parent.parent / "solutions" / folder.name
    return [
        Drill(inner.name, folder.name, inner, solutions / inner.name)
        for inner in folders_in(folder)
        if inner.name != ROUNDS and (inner / "drill.toml").is_file()
    ]


def open_catalogue(coming: Path | None = None) -> Catalogue:
    """The drills of this installation and those of the folders in DRILL_PATH. Raises CatalogueError for a missing one.

    Args:
        coming: A folder whose first drill is about to be written: it may be empty yet.
    """
    shipped = next((root for root in candidate_roots() if holds_drills(root)), None)
    if shipped is None:
        raise CatalogueError("the drills are missing from this installation\nhint: install drill again")
    own = [Path(part).expanduser().absolute() for part in os.environ.get(PATH_VARIABLE, "").split(os.pathsep) if part]
    for root in own:
        if not holds_drills(root):
            if coming is not None and root == coming.expanduser().absolute():
                continue
            raise CatalogueError(f"{PATH_VARIABLE} names {root}, which has no folders `drills` and `solutions`\n"
                                 f"hint: `drill new DECK/NAME --in {root}` makes them")  # fmt: skip
    own = [root for root in own if holds_drills(root)]
    return Catalogue(shipped, *(root for root in own if root != shipped))


def holds_drills(root: Path) -> bool:
    return (root / "drills").is_dir() and (root / "solutions").is_dir()


def candidate_roots() -> Iterator[Path]:
    """A checkout (the folder above this package), then the data folders of the ways to install a wheel."""
    package = Path(__file__).resolve().parent
    if (package.parent / "pyproject.toml").is_file():
        yield package.parent
    for parent in package.parents:  # also right for --user, --target and --prefix
        if (parent / "share" / "drill").is_dir():
            yield parent / "share" / "drill"
    yield Path(sysconfig.get_path("data")) / "share" / "drill"
    yield Path(sys.prefix) / "share" / "drill"


def folders_in(folder: Path) -> list[Path]:
    """Folders that can be a deck or a drill, by name."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        raise CatalogueError(f"{folder}: {error.strerror or error}") from error
    return [Path(entry.path) for entry in entries if NAME.fullmatch(entry.name) and entry.is_dir()]


def check_drill_file(path: Path, drill: DrillFile) -> None:
    """What the types cannot say. Raises CatalogueError."""

    def refuse(key: str, value: object, allowed: str) -> None:
        raise CatalogueError(f"{path}: {key} = {value!r}: {allowed}")

    if not 1 <= drill.par_minutes <= 240:
        refuse("par_minutes", drill.par_minutes, "must be 1 to 240")
    if not drill.entry_points:
        refuse("entry_points", drill.entry_points, "must name at least one function or class")
    for name in drill.entry_points:
        if not name.isidentifier():
            refuse("entry_points", name, "must be a Python name")
    total = sum(drill.rubric.points.values())
    if total != FULL_SCORE or any(points < 0 for points in drill.rubric.points.values()):
        refuse("rubric.points", total, f"must be positive and add up to {FULL_SCORE}")
    for family, cap in drill.rubric.gates.items():
        if family not in drill.rubric.points or not 0 <= cap < FULL_SCORE:
            refuse(f"rubric.gates.{family}", cap, f"must be 0 to {FULL_SCORE - 1}, for a family that has points")
    if bool(drill.ledger.rows) != ("ledger" in drill.rubric.points):
        refuse("rubric.points.ledger", drill.rubric.points.get("ledger"), "must be there if and only if there are ledger rows")
    for name, symbol in drill.ledger.symbols.items():
        if not name.isidentifier():
            refuse(f"ledger.symbols.{name}", name, "must be a Python name")
        if not 0 <= symbol.range[0] <= symbol.range[1]:
            refuse(f"ledger.symbols.{name}.range", list(symbol.range), "must be [low, high] with 0 <= low <= high")
        if symbol.multiple_of is not None and symbol.multiple_of not in drill.ledger.symbols:
            refuse(f"ledger.symbols.{name}.multiple_of", symbol.multiple_of, "must be another symbol")
    names = [row.name for row in drill.ledger.rows]
    if len(set(names)) != len(names):
        refuse("ledger.rows", names, "must have different names")
