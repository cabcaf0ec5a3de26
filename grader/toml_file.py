"""TOML files as validated structs, with errors that name file, key, value and what is allowed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin

import msgspec
import tomli

from grader.errors import CatalogueError

Struct = TypeVar("Struct", bound=msgspec.Struct)


def read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CatalogueError(f"{path}: {getattr(error, 'strerror', None) or error}") from error


def read_toml(path: Path, kind: type[Struct]) -> Struct:
    """A TOML file as a validated struct. Raises CatalogueError that names file, key, value and what is allowed."""
    try:
        data = tomli.loads(read_text(path))
    except tomli.TOMLDecodeError as error:
        raise CatalogueError(f"{path}: not TOML: {error}") from error
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        raise CatalogueError(f"{path}: {explain(str(error), data, kind)}") from error


def explain(message: str, data: Any, kind: type[Any]) -> str:
    """msgspec's message with the key as the author wrote it, the value found there, and what may stand there."""
    what, _, where = message.partition(" - at `")
    keys = re.findall(r"\.([A-Za-z0-9_-]+)|\[(\d+|\.\.\.)\]", where.rstrip("`"))
    value: Any = data
    names = []
    for name, index in keys:
        key: Any = name or index
        if index == "..." and isinstance(value, dict):
            key = name = failing_key(value, message, data, kind)
            index = ""
        names.append(f"[{key}]" if index else f".{key}")
        try:
            value = value[key if name else int(key)]
        except (KeyError, IndexError, TypeError, ValueError):
            value = None
    path = "".join(names).lstrip(".")
    unknown = re.match(r"Object contains unknown field `(.+)`", what)
    if unknown:
        return f"{path + ': ' if path else ''}unknown key {unknown[1]!r}\nhint: allowed here: {allowed_keys(kind, keys)}"
    missing = re.match(r"Object missing required field `(.+)`", what)
    if missing:
        return f"{path + ': ' if path else ''}missing key {missing[1]!r}"
    found = f" = {value!r}" if value is not None and not isinstance(value, dict | list) else ""
    if not_a_choice := re.match(r"Invalid enum value '(.*)'", what):
        return f"{path}: {not_a_choice[1]!r} is not allowed\nhint: allowed: {', '.join(choices_at(kind, keys))}"
    return f"{path}{found}: {what[0].lower() + what[1:]}"


def failing_key(table: dict[str, Any], message: str, data: Any, kind: type[Any]) -> str:
    """The key of a table that a message is about, which msgspec writes as `[...]`: the one that fails by itself."""
    entries = dict(table)
    try:
        for key, value in entries.items():
            table.clear()
            table[key] = value
            try:
                msgspec.convert(data, kind)
            except msgspec.ValidationError as error:
                if str(error) == message:
                    return key
    finally:
        table.clear()
        table.update(entries)
    return "..."


def choices_at(kind: type[Any], keys: list[tuple[str, str]]) -> tuple[str, ...]:
    """The words that may stand at this place, as a value or as a key."""
    for name, _ in keys:
        if is_struct(kind):
            kind = {field.encode_name: field.type for field in msgspec.structs.fields(kind)}.get(name, kind)
    kind = get_args(kind)[0] if get_origin(kind) is dict else kind
    return tuple(map(str, get_args(kind))) if get_origin(kind) is Literal else ()


def allowed_keys(kind: type[Any], keys: list[tuple[str, str]]) -> str:
    """Field names of the struct at this place, as far as it can be followed."""
    for name, _ in keys:
        fields = {field.encode_name: field.type for field in msgspec.structs.fields(kind)} if is_struct(kind) else {}
        inner = fields.get(name, kind)
        kind = next((t for t in (inner, *getattr(inner, "__args__", ())) if is_struct(t)), kind)
    return ", ".join(field.encode_name for field in msgspec.structs.fields(kind)) if is_struct(kind) else "see drills/README.md"


def is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)
