"""Mutants of a reference: each is the reference with one small change that a person could make. A suite should fail them all.

Made on the syntax tree, one change each: operators, comparisons, constants, slices, dropped calls (detach, clone,
masked_fill, to ...), dropped keyword arguments, dropped decorators, removed raises. What changes nothing about the answers
is marked as equivalent, with a reason, in `equivalent.toml` beside the reference; a mark that fits no surviving mutant any
more is an error.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import msgspec

from grader.authoring.solutions import Solution
from grader.catalogue import Drill
from grader.errors import CatalogueError
from grader.toml_file import read_text, read_toml

MARKS = "equivalent.toml"
DROPPED_CALLS = {
    "detach", "clone", "contiguous", "masked_fill", "to", "float", "double", "transpose", "unsqueeze", "squeeze", "clamp",
    "nan_to_num", "type_as", "requires_grad_", "abs", "exp", "log", "sqrt", "softmax", "cumsum", "sort", "flip", "long", "int",
    "max", "min", "round",
}  # fmt: skip
BINARY: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Div, ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
}  # fmt: skip
COMPARISON: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Is: ast.IsNot,
    ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """The reference with one change."""

    line: int
    before: str
    """The changed statement as it was, on one line."""
    after: str
    source: str

    @property
    def change(self) -> str:
        """What identifies it, as it stands in equivalent.toml."""
        return f"{self.before}  =>  {self.after}"

    def solution(self, name: str) -> Solution:
        return Solution("mutant", name, self.source)


class Mark(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A mutant that answers as the reference does."""

    change: str
    reason: str


class Marks(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    mutant: list[Mark] = []


def read_marks(drill: Drill) -> list[Mark]:
    """The author's marks. Raises CatalogueError for a broken file or a mark without a reason."""
    path = drill.solution_folder / MARKS
    if not path.is_file():
        return []
    marks = read_toml(path, Marks).mutant
    for mark in marks:
        if len(mark.reason.split()) < 3:
            raise CatalogueError(f"{path}: the mark {mark.change!r} needs a reason in words")
    return marks


def mutants_of(drill: Drill) -> list[Mutant]:
    """Every mutant of the drill's reference, in the order of its lines, without doubles."""
    tree = ast.parse(read_text(drill.reference))
    found: dict[str, Mutant] = {}
    for path in mutable_nodes(tree):
        for change in changes(node_at(tree, path)):
            mutated = copy.deepcopy(tree)
            statement_before = statement_of(tree, path)
            before = one_line(statement_before)
            replaced = change(copy.deepcopy(node_at(tree, path)))
            place(mutated, path, replaced)
            after = one_line(statement_of(mutated, path))
            if after == before:
                continue
            source = f"# drill: {drill.name}\n{ast.unparse(ast.fix_missing_locations(mutated))}\n"
            mutant = Mutant(getattr(statement_before, "lineno", 0), before, after, source)
            found.setdefault(mutant.change, mutant)
    return sorted(found.values(), key=lambda mutant: mutant.line)


Path = tuple[tuple[str, int | None], ...]
Change = Callable[[ast.AST], ast.AST]


def mutable_nodes(tree: ast.Module) -> Iterator[Path]:
    """The place of every node below a function's or class's body; no docstring, no annotation, no LEDGER, no message."""

    def visit(node: ast.AST, path: Path) -> Iterator[Path]:
        yield path
        if isinstance(node, ast.Raise):
            return  # what an exception says is free
        for name, value in ast.iter_fields(node):
            if name in ("annotation", "returns", "type_comment", "type_params"):
                continue
            if isinstance(value, ast.AST):
                yield from visit(value, (*path, (name, None)))
            elif isinstance(value, list):
                for index, item in enumerate(value):
                    docstring = name == "body" and isinstance(item, ast.Expr) and isinstance(item.value, ast.Constant)
                    if isinstance(item, ast.AST) and not docstring:
                        yield from visit(item, (*path, (name, index)))

    for index, node in enumerate(tree.body):
        ledger = isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "LEDGER" for t in node.targets)
        if not ledger and not isinstance(node, ast.Import | ast.ImportFrom | ast.Expr):
            yield from visit(node, (("body", index),))


def changes(node: ast.AST) -> Iterator[Change]:
    """What may be done to one node."""
    match node:
        case ast.BinOp(op=binary) if type(binary) in BINARY:
            yield lambda n: with_field(n, "op", BINARY[type(binary)]())
        case ast.Compare(ops=[comparison]) if type(comparison) in COMPARISON:
            yield lambda n: with_field(n, "ops", [COMPARISON[type(comparison)]()])
        case ast.BoolOp(op=boolean):
            yield lambda n: with_field(n, "op", ast.Or() if isinstance(boolean, ast.And) else ast.And())
        case ast.UnaryOp(op=ast.Not() | ast.USub() | ast.Invert()):
            yield lambda n: n.operand  # type: ignore[attr-defined]
        case ast.Constant(value=bool() as value):
            yield lambda n: ast.Constant(not value)
        case ast.Constant(value=int() as value):
            yield lambda n: ast.Constant(value + 1)
        case ast.Constant(value=float() as value):
            yield lambda n: ast.Constant(value * 2 if value else 1.0)
        case ast.Slice():
            for bound in ("lower", "upper", "step"):
                if getattr(node, bound) is not None:
                    yield lambda n, bound=bound: with_field(n, bound, None)  # type: ignore[misc]
        case ast.Call(func=ast.Attribute(attr=name), keywords=keywords):
            if name in DROPPED_CALLS:
                yield lambda n: n.func.value  # type: ignore[attr-defined]
            yield from dropped_keywords(keywords)
        case ast.Call(keywords=keywords):
            yield from dropped_keywords(keywords)
        case ast.Raise():
            yield lambda n: ast.Pass()
        case ast.FunctionDef(decorator_list=decorators):
            for index, decorator in enumerate(decorators):
                if not (isinstance(decorator, ast.Name) and decorator.id in ("property", "staticmethod", "classmethod")):
                    yield lambda n, i=index: with_field(n, "decorator_list", n.decorator_list[:i] + n.decorator_list[i + 1 :])  # type: ignore[misc]


def dropped_keywords(keywords: list[ast.keyword]) -> Iterator[Change]:
    for index, _ in enumerate(keywords):
        yield lambda n, i=index: with_field(n, "keywords", n.keywords[:i] + n.keywords[i + 1 :])  # type: ignore[misc]


def with_field(node: ast.AST, name: str, value: object) -> ast.AST:
    setattr(node, name, value)
    return node


def node_at(tree: ast.AST, path: Path) -> ast.AST:
    node: ast.AST = tree
    for name, index in path:
        node = getattr(node, name) if index is None else getattr(node, name)[index]
    return node


def place(tree: ast.AST, path: Path, node: ast.AST) -> None:
    owner = node_at(tree, path[:-1])
    name, index = path[-1]
    if index is None:
        setattr(owner, name, node)
    else:
        getattr(owner, name)[index] = node


def statement_of(tree: ast.AST, path: Path) -> ast.AST:
    """The innermost statement around a place; of a compound one only its head is shown."""
    found = tree
    for depth in range(1, len(path) + 1):
        node = node_at(tree, path[:depth])
        if isinstance(node, ast.stmt):
            found = node
    return found


def one_line(statement: ast.AST) -> str:
    """A statement's text; of a compound one its decorators and head."""
    lines = ast.unparse(ast.fix_missing_locations(statement)).splitlines()
    if isinstance(statement, ast.FunctionDef | ast.ClassDef | ast.If | ast.For | ast.While | ast.With):
        head = next((i for i, line in enumerate(lines) if not line.startswith("@")), 0)
        return " ".join(lines[: head + 1])
    return " ".join(line.strip() for line in lines)
