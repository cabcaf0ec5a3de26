"""Junk: answers without thought that no suite may let pass, made from the reference by spoiling what it returns.

Each kind appends a few lines to the reference that wrap its entry points. A spoiled call prints a mark, so that a kind
that changes nothing about a drill (a transpose of scalars, another dtype of ints) can be told from one that slipped through.
"""

from __future__ import annotations

from grader.authoring.solutions import Solution
from grader.catalogue import Drill
from grader.toml_file import read_text

MARK = "junk: spoiled a result"

FAR_OFF = "doubled"
SLIGHTLY_OFF = "slightly_off"
"""Where a check fails the one and passes the other, its tolerance is wide."""

SPOILERS = {
    "zeros": "t.new_zeros(t.shape) | 0 | 0.0",
    "ones": "t.new_ones(t.shape) | 1 | 1.0",
    "nan": "t * float('nan') if t.is_floating_point() else t - 1 | -1 | float('nan')",
    "noise": "(torch.rand(t.shape, generator=G, dtype=torch.float64) * 2 - 1).to(t.dtype) if t.is_floating_point() else"
    " t * 0 + 3 | n + 1 | x + 0.37",
    "other_dtype": "t.double() if t.dtype != torch.float64 else t.float() | float(n) | str(x)",
    "extra_dimension": "t[None] | [n] | [x]",
    "one_element": "t.reshape(-1)[:1] if t.numel() else t | n | x",
    "transposed": "t.transpose(0, -1).contiguous() if t.dim() > 1 else t.flip(0) if t.dim() else t | n | x",
    "cut_by_one": "t[..., :-1] if t.dim() and t.shape[-1] else t | n - 1 | x",
    "negated": "-t if t.dtype != torch.bool else ~t | -n | -x",
    FAR_OFF: "t + t if t.dtype != torch.bool else ~t | n + n | x + x",
    SLIGHTLY_OFF: "t * (1 + off(t)) if t.is_floating_point() else t + 1 if t.dtype != torch.bool else ~t | n + 1 | x * 1.001",
    "none": "None | None | None",
    "int_zero": "0 | None | None",
    "lazy": "(lambda: t) | (lambda: n) | (lambda: x)",
    "text": "'right' | 'right' | 'right'",
    "previous_answer": "remember(t) | remember(n) | remember(x)",
}
"""Name -> what becomes of a tensor t, an int n and a float x."""

WRAPPER = '''

import torch as _torch


def _spoil(value, tensor, whole, real):
    if isinstance(value, _torch.Tensor):
        return tensor(value)
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int):
        return whole(value)
    if isinstance(value, float):
        return real(value)
    if type(value) in (list, tuple):
        return type(value)(_spoil(item, tensor, whole, real) for item in value)
    if type(value) is dict:
        return {key: _spoil(item, tensor, whole, real) for key, item in value.items()}
    return value


class _Junk:
    torch, G, last = _torch, _torch.Generator().manual_seed(11), None

    @classmethod
    def remember(cls, value):
        last, cls.last = cls.last, value
        return last


_names = {"torch": _torch, "G": _Junk.G, "remember": _Junk.remember,
          "off": lambda t: {8: 1e-3, 4: 1e-2}.get(t.element_size(), 0.3)}
_tensor, _whole, _real = (eval(f"lambda {v}: {text}", _names) for v, text in zip("tnx", %(spoiler)r.split(" | ")))


def _differs(left, right):
    if type(left) is not type(right):
        return True
    if isinstance(left, _torch.Tensor):
        return left.dtype != right.dtype or left.shape != right.shape or not _torch.equal(left, right)
    if isinstance(left, (list, tuple)):
        return len(left) != len(right) or any(map(_differs, left, right))
    if isinstance(left, dict):
        return left.keys() != right.keys() or any(_differs(left[key], right[key]) for key in left)
    return left != right


def _wrapped(function):
    def spoiled(*args, **kwargs):
        value = function(*args, **kwargs)
        junk = _spoil(value, _tensor, _whole, _real)
        if _differs(value, junk):
            print(%(mark)r)
        return junk

    spoiled.__wrapped__ = function
    return spoiled


for _name in %(entry_points)r:
    _entry = globals()[_name]
    if isinstance(_entry, type):
        for _attribute, _member in list(vars(_entry).items()):
            if isinstance(_member, property):
                setattr(_entry, _attribute, property(_wrapped(_member.fget)))
            elif callable(_member) and not _attribute.startswith("_"):
                setattr(_entry, _attribute, _wrapped(_member))
    else:
        globals()[_name] = _wrapped(_entry)
'''


def junk_solutions(drill: Drill) -> list[Solution]:
    """Every kind of junk for this drill."""
    reference = read_text(drill.reference)
    entry_points = list(drill.file.entry_points)
    return [
        Solution("junk", name, reference + WRAPPER % {"spoiler": spoiler, "mark": MARK, "entry_points": entry_points})
        for name, spoiler in SPOILERS.items()
    ]


def changed_nothing(output: str) -> bool:
    """Whether a kind of junk left every answer as it was: then it may pass."""
    return MARK not in output
