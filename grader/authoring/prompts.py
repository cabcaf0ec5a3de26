"""The rules of a prompt, sentence by sentence, and which of them nobody would miss."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from grader.authoring.files import spoken, words
from grader.catalogue import Drill

NO_RULES = ("Example", "Ledger")
"""Sections that state no rule."""
SENTENCE = re.compile(r"[^\0\n].*?(?:[.;:](?=\s)|\n\n|\n(?=[-|#*])|\Z)", re.DOTALL)
LEAST_WORDS = 4
"""Shorter ones are names and headings."""


def prompt_warnings(drill: Drill) -> Iterator[str]:
    """That some rules may be lost from the prompt unnoticed."""
    unheld = unheld_rules(drill)
    if unheld:
        some = "; ".join(f"{sentence!r}" for sentence in unheld[:3]) + "; ..." * bool(unheld[3:])
        yield f"{drill.folder / 'prompt.md'}: may be lost unnoticed, for drill.toml has no phrase of it: {some}"


def unheld_rules(drill: Drill) -> list[str]:
    """The sentences without which the prompt still holds all that drill.toml wants it to say."""
    prompt = drill.read("prompt.md")
    phrases = itertools.chain.from_iterable(drill.file.phrases.values())
    names = (*drill.file.entry_points, *(spoken(name, drill) for name in drill.file.forbidden))
    wanted = [words(phrase) for phrase in (*phrases, *drill.file.refuses, *names)]
    found = []
    for start, end in rules(prompt):
        rest = words(prompt[:start] + prompt[end:])
        if all(phrase in rest for phrase in wanted):
            found.append(words(prompt[start:end]))
    return found


def rules(prompt: str) -> Iterator[tuple[int, int]]:
    """Start and end of every sentence that says what a submission has to do; examples, code, tables and headings do not."""

    def blank(match: re.Match[str]) -> str:
        return "\0" * len(match[0])

    text = re.sub(r"```.*?```", blank, prompt, flags=re.DOTALL)
    text = re.sub(rf"^## (?:{'|'.join(NO_RULES)}).*?(?=^## |\Z)", blank, text, flags=re.DOTALL | re.MULTILINE)
    text = re.sub(r"^(?:#|\||    ).*$", blank, text, flags=re.MULTILINE)
    for match in SENTENCE.finditer(text):
        if len(re.findall(r"\w+", match[0])) >= LEAST_WORDS:
            yield match.span()
