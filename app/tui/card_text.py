"""A card as Markdown."""

from __future__ import annotations

from grader.catalogue import Card


def card_markdown(card: Card, *, with_checklist: bool = True) -> str:
    """Question, answer, table and what a good answer names."""
    parts = [f"# {card.title}", f"**{card.question.strip()}**", answer_markdown(card)]
    if with_checklist:
        parts += ["## A good answer names", "\n".join(f"- {literal(item)}" for item in card.checklist)]
    return "\n\n".join(parts)


def answer_markdown(card: Card) -> str:
    """Answer and table."""
    parts = [literal(card.answer.strip())]
    if card.table is not None:
        rows = [card.table.columns, ["---"] * len(card.table.columns), *card.table.rows]
        parts.append("\n".join(row_text(row, bare=index == 1) for index, row in enumerate(rows)))
    return "\n\n".join(parts)


def row_text(row: list[str], *, bare: bool) -> str:
    return "| " + " | ".join(cell if bare else literal(cell).replace("|", r"\|") for cell in row) + " |"


def literal(text: str) -> str:
    """Text whose stars and underscores are arithmetic, not emphasis."""
    return text.replace("*", r"\*").replace("_", r"\_").replace("<", r"\<")
