"""Reading and running the one file: parse it, find its LEDGER literal, run it as a module."""

from __future__ import annotations

import ast
import inspect
import linecache
import sys
import types
from typing import Any

from grader import protocol as p

MODULE_NAME = "submission"
FILE_NAME = "submission.py"
MAX_LEDGER_ROWS = 64
MAX_EXPRESSION_CHARS = 500


def parse(source: str) -> p.Parsed | p.Unparsable:
    """Parse without running. The LEDGER is read as a literal from the syntax tree."""
    try:
        tree = ast.parse(source, FILE_NAME)
        compile(tree, FILE_NAME, "exec", dont_inherit=True)
    except SyntaxError as error:
        where = f" near {error.text.strip()[:80]!r}" if error.text and error.text.strip() else ""
        return p.Unparsable(f"{error.msg}{where}", error.lineno)
    except (ValueError, RecursionError, MemoryError, OverflowError) as error:
        return p.Unparsable(f"Python cannot compile it ({type(error).__name__}: {str(error)[:200]})")
    ledger, problem = read_ledger(tree)
    return p.Parsed(ledger, problem)


def read_ledger(tree: ast.Module) -> tuple[dict[str, str] | None, str | None]:
    """The top-level `LEDGER = {"row": "expression"}`, or what is wrong with it. (None, None) where there is none."""
    value: ast.expr | None = None
    for statement in tree.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id="LEDGER")], value=assigned):
                value = assigned
            case ast.AnnAssign(target=ast.Name(id="LEDGER"), value=assigned) if assigned is not None:
                value = assigned
    if value is None:
        return None, None
    try:
        literal = ast.literal_eval(value)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None, "LEDGER must be a literal: a dict of strings, written out"
    if not isinstance(literal, dict) or not all(isinstance(k, str) and isinstance(v, str) for k, v in literal.items()):
        return None, "LEDGER must map row names to expressions, both as strings"
    if len(literal) > MAX_LEDGER_ROWS or any(len(text) > MAX_EXPRESSION_CHARS for text in literal.values()):
        return None, f"LEDGER has more than {MAX_LEDGER_ROWS} rows or a row of over {MAX_EXPRESSION_CHARS} characters"
    return literal, None


def run(source: str) -> types.ModuleType:
    """Run the file as a module that is registered before it runs, as dataclasses and pickling of honest files need."""
    module = types.ModuleType(MODULE_NAME)
    module.__file__ = FILE_NAME
    linecache.cache[FILE_NAME] = (len(source), None, source.splitlines(keepends=True), FILE_NAME)
    sys.modules[MODULE_NAME] = module
    exec(compile(source, FILE_NAME, "exec", dont_inherit=True), module.__dict__)
    return module


def inspect_entry_points(module: types.ModuleType, signatures: list[p.Signature]) -> list[str]:
    """What stands in the way of calling the module as the contract does, one sentence each."""
    problems = []
    for signature in signatures:
        owner, _, attribute = signature.name.rpartition(".")
        target: Any = getattr(module, owner or attribute, None)
        if target is None:
            if not owner:
                problems.append(f"there is no `{signature.name}` in the file")
            continue
        if signature.kind == "class" and not isinstance(target, type):
            problems.append(f"`{signature.name}` is not a class")
            continue
        if owner:
            target = inspect.getattr_static(target, attribute, None)
            target = target.__func__ if isinstance(target, staticmethod | classmethod) else target
        if target is None or signature.kind == "property":
            continue  # it may be set on the instance; reading it will tell
        if not callable(target):
            problems.append(f"`{signature.name}` is not callable")
            continue
        problem = signature_problem(target, signature)
        if problem:
            problems.append(problem)
    return problems


def signature_problem(target: Any, wanted: p.Signature) -> str | None:
    try:
        signature = inspect.signature(target)
    except (ValueError, TypeError):
        return None  # a builtin or a C function: calling it will tell
    placeholders = [None] * (wanted.positional + (wanted.kind == "method"))
    try:
        signature.bind(*placeholders, **dict.fromkeys([*wanted.optional, *wanted.keyword_only]))
    except TypeError as error:
        return f"`{wanted.name}{signature}` cannot be called as the contract calls it: {error}"
    return None


def failing_line(error: BaseException) -> tuple[int | None, str]:
    """The deepest line of the submission in the traceback, and its text."""
    line: int | None = None
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == FILE_NAME:
            line = trace.tb_lineno
        trace = trace.tb_next
    if line is None and isinstance(error, SyntaxError) and error.filename == FILE_NAME:
        line = error.lineno
    return line, linecache.getline(FILE_NAME, line).strip()[:200] if line else ""
