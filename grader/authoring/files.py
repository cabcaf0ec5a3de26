"""What the files of a drill must say, before anything is run."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from grader.authoring.solutions import read_wrong_header
from grader.catalogue import CARD_FILE, ROUNDS, Card, Drill
from grader.errors import CatalogueError, LedgerError
from grader.ledger import Expression
from grader.toml_file import read_toml

LEAST_ACCEPTED = 3
LEAST_WRONG = 8
MAX_PROMPT_LINES = 100
LEAST_LEDGER_ROWS = 3
CACHE = "__pycache__"
TO_DO = "TODO"
"""Marks what is not done yet, as in the files that `drill new` writes."""
DRILL_FILES = {"drill.toml", "prompt.md", "starter.py", "test_hidden.py", "test_public.py"}
SOLUTION_FILES = {"reference.py"}
OPTIONAL_SOLUTION_FILES = {"equivalent.toml"}


def file_problems(drill: Drill, card: Path | None = None) -> Iterator[str]:
    """Everything wrong with the drill's files, one sentence each. Raises CatalogueError for an unreadable drill.toml.

    Args:
        drill: The drill.
        card: The card of its deck, which may lie in another folder; by default the one beside the drill, if there is one.
    """
    yield from stray_in_deck(drill)
    yield from stray_files(drill.folder, DRILL_FILES, set())
    yield from stray_files(drill.solution_folder, SOLUTION_FILES, {"accepted", "wrong"})
    beside = drill.folder.parent / CARD_FILE
    if card is not None or beside.exists():
        yield from card_problems(card or beside)
    yield from prompt_problems(drill)
    yield from starter_problems(drill)
    yield from convention_problems(drill)
    yield from ledger_problems(drill)
    yield from solution_problems(drill)
    yield from placeholders(drill)


def stray_files(folder: Path, files: set[str], folders: set[str]) -> Iterator[str]:
    present = {path.name for path in folder.iterdir() if path.name != CACHE} if folder.is_dir() else set()
    for name in sorted(files - present):
        yield f"{folder / name}: is missing"
    for name in sorted(present - files - folders - OPTIONAL_SOLUTION_FILES):
        yield f"{folder / name}: does not belong here"
    for inner in sorted(folders & present):
        for path in sorted((folder / inner).iterdir()):
            if path.suffix != ".py" and path.name != CACHE:
                yield f"{path}: does not belong here"


def stray_in_deck(drill: Drill) -> Iterator[str]:
    """What is neither drill, card nor round, in the two folders of the deck."""
    for path in sorted(drill.folder.parent.iterdir()):
        if path.name not in (CARD_FILE, ROUNDS, CACHE) and not (path / "drill.toml").is_file():
            yield f"{path}: does not belong here" + (", for it has no drill.toml" if path.is_dir() else "")
    rounds = drill.folder.parent / ROUNDS
    for path in sorted(rounds.iterdir()) if rounds.is_dir() else ():
        if path.suffix != ".toml":
            yield f"{path}: does not belong here"
    for path in sorted(drill.solution_folder.parent.iterdir()) if drill.solution_folder.parent.is_dir() else ():
        if path.name != CACHE and not (drill.folder.parent / path.name / "drill.toml").is_file():
            yield f"{path}: does not belong here, for there is no drill of this name"


def placeholders(drill: Drill) -> Iterator[str]:
    """What `drill new` left for the author to fill in, and the author's own notes."""
    paths = (drill.folder / name for name in sorted(DRILL_FILES))
    for path in (*paths, drill.reference, *drill.accepted, *drill.wrong):
        lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
        numbers = [number for number, line in enumerate(lines, 1) if TO_DO in line]
        if numbers:
            more = f" (and {len(numbers) - 1} more)" if numbers[1:] else ""
            yield f"{path}:{numbers[0]}: still to be done: {lines[numbers[0] - 1].strip()}{more}"


def card_problems(path: Path) -> Iterator[str]:
    """Of the deck's card."""
    if not path.is_file():
        yield f"{path}: is missing"
        return
    try:
        card = read_toml(path, Card)
    except CatalogueError as error:
        yield str(error)
        return
    for key, text in (("title", card.title), ("question", card.question), ("answer", card.answer)):
        if not text.strip():
            yield f"{path}: {key} is empty"
        elif TO_DO in text:
            yield f"{path}: still to be done: {text}"
    if not card.checklist:
        yield f"{path}: checklist is empty"


def prompt_problems(drill: Drill) -> Iterator[str]:
    path = drill.folder / "prompt.md"
    prompt = drill.read("prompt.md")
    if not prompt.startswith("# "):
        yield f"{path}: must begin with `# Title`"
    if prompt.count("\n") > MAX_PROMPT_LINES:
        yield f"{path}: has more than {MAX_PROMPT_LINES} lines"
    for name in drill.file.entry_points:
        if name not in prompt:
            yield f"{path}: does not name the entry point {name}"
    for name in drill.file.forbidden:
        if spoken(name, drill) not in prompt:
            yield f"{path}: does not name the forbidden call {name}"
    said = words(prompt)
    for phrase in drill.file.refuses:
        if words(phrase) not in said:
            yield f"{path}: does not say what drill.toml lists under `refuses`: {phrase!r}"
    if "raise ValueError" in drill.reference.read_text(encoding="utf-8") and not drill.file.refuses:
        yield f"{drill.folder / 'drill.toml'}: the reference raises ValueError, but `refuses` does not say when"


def spoken(forbidden: str, drill: Drill) -> str:
    """What the prompt has to say of a forbidden call: its last name; with the dot where an entry point is called alike."""
    last = forbidden.rpartition(".")[2]
    return f".{last}" if last in drill.file.entry_points else last


def words(text: str) -> str:
    """The text with every run of white space as one blank: a phrase may be broken over lines."""
    return " ".join(text.split())


def starter_problems(drill: Drill) -> Iterator[str]:
    path = drill.folder / "starter.py"
    text = drill.read("starter.py")
    try:
        tree = ast.parse(text)
    except SyntaxError as error:
        yield f"{path}:{error.lineno}: {error.msg}"
        return
    if not text.startswith(f"# drill: {drill.name}\n"):
        yield f"{path}: must begin with `# drill: {drill.name}`"
    defined = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    for name in drill.file.entry_points:
        if name not in defined:
            yield f"{path}: defines no {name}"
    for row in drill.file.ledger.rows:
        if f'"{row.name}"' not in text:
            yield f"{path}: its LEDGER has no row {row.name}"


def convention_problems(drill: Drill) -> Iterator[str]:
    """All phrases of each convention stand in the prompt word for word, and a check names it."""
    prompt = words(drill.read("prompt.md"))
    suite_path = drill.folder / "test_hidden.py"
    named = conventions_named(suite_path) if suite_path.is_file() else set()
    for name, phrases in drill.file.phrases.items():
        if not any(phrases):
            yield f"{drill.folder / 'drill.toml'}: the convention {name} has no phrase"
        for phrase in phrases:
            if words(phrase) not in prompt:
                yield f"{drill.folder / 'prompt.md'}: the convention {name} does not stand in it: {phrase!r}"
        if name not in named:
            yield f"{suite_path}: no check names the convention {name}"
    for name in sorted(named - set(drill.file.conventions)):
        yield f"{suite_path}: a check names the convention {name}, which drill.toml does not have"


def conventions_named(suite: Path) -> set[str]:
    """The literals of every `conventions=[...]` of a suite's marks."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(suite.read_text(encoding="utf-8"))):
        if isinstance(node, ast.keyword) and node.arg == "conventions":
            found.update(item.value for item in ast.walk(node.value)
                         if isinstance(item, ast.Constant) and isinstance(item.value, str))  # fmt: skip
    return found


def ledger_problems(drill: Drill) -> Iterator[str]:
    path = drill.folder / "drill.toml"
    if len(drill.file.ledger.rows) < LEAST_LEDGER_ROWS:
        yield f"{path}: has {len(drill.file.ledger.rows)} ledger rows, {LEAST_LEDGER_ROWS} or more are due"
    for row in drill.file.ledger.rows:
        try:
            used = Expression(row.answer).symbols
        except LedgerError as error:
            yield f"{path}: ledger row {row.name}: {error}"
            continue
        for symbol in used:
            if symbol not in drill.file.ledger.symbols:
                yield f"{path}: ledger row {row.name} uses {symbol}, which is no symbol"


def solution_problems(drill: Drill) -> Iterator[str]:
    if len(drill.accepted) < LEAST_ACCEPTED:
        yield f"{drill.solution_folder / 'accepted'}: has {len(drill.accepted)} files, {LEAST_ACCEPTED} or more are due"
    if len(drill.wrong) < LEAST_WRONG:
        yield f"{drill.solution_folder / 'wrong'}: has {len(drill.wrong)} files, {LEAST_WRONG} or more are due"
    for path in (drill.reference, *drill.accepted, *drill.wrong):
        if not path.is_file():
            continue
        if not path.read_text(encoding="utf-8").startswith(f"# drill: {drill.name}\n"):
            yield f"{path}: must begin with `# drill: {drill.name}`"
    for path in drill.wrong:
        try:
            header = read_wrong_header(path)
        except CatalogueError as error:
            yield str(error)
            continue
        if header.fails not in drill.file.rubric.points:
            yield f"{path}: fails = {header.fails!r} is no family of the rubric"
        if header.source and not header.source.startswith("https://"):
            yield f"{path}: source = {header.source!r} is no https URL"
