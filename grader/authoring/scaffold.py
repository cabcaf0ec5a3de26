"""`drill new`: the files of a drill that is complete but for its substance.

It is sound from the first minute in what it has: the reference and the accepted variant pass, the wrong one fails. `drill
check` then says what is still missing.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path

import jinja2

from grader.catalogue import NAME
from grader.errors import DrillError

FILES = {
    "drills/{deck}/{name}/drill.toml": ("drill.toml.j2", ""),
    "drills/{deck}/{name}/prompt.md": ("prompt.md.j2", ""),
    "drills/{deck}/{name}/starter.py": ("starter.py.j2", ""),
    "drills/{deck}/{name}/test_public.py": ("test_public.py.j2", ""),
    "drills/{deck}/{name}/test_hidden.py": ("test_hidden.py.j2", ""),
    "solutions/{deck}/{name}/reference.py": ("solution.py.j2", "reference"),
    "solutions/{deck}/{name}/accepted/another_way.py": ("solution.py.j2", "accepted"),
    "solutions/{deck}/{name}/wrong/one_mistake.py": ("solution.py.j2", "wrong"),
}
CARD = "drills/{deck}/card.toml"
DRAWS = {"Tensor": "draw.normal(2, 3)", "int": "draw.int(1, 9)", "float": "draw.float(0.5, 2.0)", "bool": "True", "str": '"x"'}
"""How a suite makes an argument of this type."""


TENSOR_LEDGER = {
    "symbols": {"B": "rows", "D": "width", "e": "bytes per element"},
    "rows": [
        {"name": "input", "asks": "shape of the input", "answer": "[B, D]"},
        {"name": "input_bytes", "asks": "bytes of the input", "answer": "B * D * e"},
        {"name": "result_bytes", "asks": "bytes of the result", "answer": "B * D * e"},
    ],
}
COUNT_LEDGER = {
    "symbols": {"n": "what the work grows with", "c": "operations for each of them", "e": "bytes for each of them"},
    "rows": [
        {"name": "items", "asks": "how many items there are to work on", "answer": "n"},
        {"name": "operations", "asks": "operations in all", "answer": "c * n"},
        {"name": "bytes_held", "asks": "bytes held at the end", "answer": "e * n"},
    ],
}
"""The rows that stand in for those of the drill, for functions of tensors and for others."""


class ScaffoldError(DrillError):
    """The drill cannot be made: a bad name, a bad signature, or files that are there already."""


@dataclass(frozen=True)
class Signature:
    """A function as an author writes it: `def f(x: Tensor, k: int = 1) -> Tensor`."""

    function: str
    text: str
    parameters: tuple[tuple[str, str], ...]
    """(name, type) of those without a default."""
    returns: str


def parse_signature(text: str) -> Signature:
    """Read `def f(...) -> T`. Raises ScaffoldError."""
    stripped = text.strip().removesuffix("...").rstrip().removesuffix(":").strip()
    try:
        (node,) = ast.parse(f"{stripped}: ...").body
    except (SyntaxError, ValueError) as error:
        raise ScaffoldError(f"that is no signature: {text!r}\nhint: def f(x: Tensor, k: int) -> Tensor") from error
    if not isinstance(node, ast.FunctionDef):
        raise ScaffoldError(f"that is no function's signature: {text!r}\nhint: def f(x: Tensor, k: int) -> Tensor")
    required = node.args.args[: len(node.args.args) - len(node.args.defaults)]
    parameters = tuple((argument.arg, type_name(argument.annotation)) for argument in required)
    for name, kind in parameters:
        if kind not in DRAWS:
            raise ScaffoldError(f"{name}: {kind or 'no type'} cannot be made up\nhint: types known here: {', '.join(DRAWS)}")
    if not parameters:
        raise ScaffoldError("the function takes no argument that a check could vary")
    return Signature(node.name, stripped, parameters, type_name(node.returns))


def type_name(annotation: ast.expr | None) -> str:
    return "" if annotation is None else ast.unparse(annotation).removeprefix("torch.")


def scaffold(root: Path, deck: str, name: str, signature: Signature | None = None) -> list[Path]:
    """Write the files of a new drill below a root, and the deck's card where there is none. Never overwrites.

    Returns:
        What was written.

    Raises:
        ScaffoldError: A bad name, or a file that is there already.
    """
    for part in (deck, name):
        if not NAME.fullmatch(part):
            raise ScaffoldError(f"{part!r} is no name: lower case letters, digits and _, at most 32, a letter first")
    signature = signature or parse_signature(f"def {name}(x: Tensor) -> Tensor")
    plan = {root / place.format(deck=deck, name=name): template for place, template in FILES.items()}
    existing = [path for path in plan if path.exists()]
    if existing:
        raise ScaffoldError(f"{existing[0]} is there already; nothing was written")
    card = root / CARD.format(deck=deck)
    if not card.exists():
        plan[card] = ("card.toml.j2", "")
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("grader.authoring"), keep_trailing_newline=True, trim_blocks=True, lstrip_blocks=True,
        undefined=jinja2.StrictUndefined, autoescape=False,
    )  # fmt: skip
    words = vocabulary(deck, name, signature)
    for path, (template, kind) in plan.items():
        text = environment.get_template(template).render(words, kind=kind, body=body_of(signature, kind))
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    for root_folder in ("drills", "solutions"):
        (root / root_folder).mkdir(exist_ok=True)
    return list(plan)


def vocabulary(deck: str, name: str, signature: Signature) -> dict[str, object]:
    """What the templates speak of."""
    names = [parameter for parameter, _ in signature.parameters]
    tensors = signature.returns == "Tensor"

    def draws(tensor: str) -> str:
        return "\n".join(f"{name} = {tensor if kind == 'Tensor' else DRAWS[kind]}" for name, kind in signature.parameters)

    imports = ["import torch"] if "torch." in signature.text else []
    imports += ["from torch import Tensor"] if re.search(r"(?<!torch\.)\bTensor", signature.text) else []
    return {
        "deck_title": deck.replace("_", " ").capitalize(), "title": name.replace("_", " ").capitalize(), "name": name,
        "function": signature.function, "signature": signature.text, "tensors": tensors,
        "arguments": ", ".join(names), "call": f"{signature.function}({', '.join(names)})",
        "imports": "\n".join(imports),
        "phrase": "TODO: the rule that decides every value, in one line",
        "ledger": TENSOR_LEDGER if tensors else COUNT_LEDGER, **refusal(signature),
        "inputs": draws("draw.normal(2, 3)"), "typed_inputs": draws("draw.normal(2, 3, dtype=dtype)"),
        "large_inputs": draws("draw.normal(2, 3, scale=100.0)"),
        "gradient_inputs": draws("draw.normal(2, 3, dtype=torch.float64, requires_grad=True)"),
    }  # fmt: skip


def refusal(signature: Signature) -> dict[str, str]:
    """A ValueError that any such function can have, worked through: of its first tensor or number. Empty if it has none."""
    tests = {"Tensor": ("{}.numel() == 0", "has no elements", "draw.normal(0, 3)"), "int": ("{} < 0", "is negative", "-1"),
             "float": ("{} < 0", "is negative", "-1.0")}  # fmt: skip
    name, kind = next(((name, kind) for name, kind in signature.parameters if kind in tests), ("", ""))
    if not name:
        return dict.fromkeys(("refused", "refused_test", "refused_words", "refused_inputs"), "") | {"refuses": "[]"}
    test, words, bad = tests[kind]
    inputs = [f"{other} = {bad if other == name else DRAWS[type_]}" for other, type_ in signature.parameters]
    refused = f"`{name}` {words}"
    return {"refused": refused, "refused_test": test.format(name), "refused_words": f"{name} {words}",
            "refused_inputs": "\n".join(inputs), "refuses": f'["{refused}"]'}  # fmt: skip


def body_of(signature: Signature, kind: str) -> str:
    """A stand-in for the substance that every kind of result can have: twice the first argument of its type."""
    first = next((name for name, type_ in signature.parameters if type_ == signature.returns), None)
    if first is None or signature.returns not in ("Tensor", "int", "float"):
        return {"wrong": "None"}.get(kind, repr({"bool": True, "str": "x"}.get(signature.returns, 0)))
    return {"reference": f"2 * {first}", "accepted": f"{first} + {first}", "wrong": f"3 * {first}"}.get(kind, first)
