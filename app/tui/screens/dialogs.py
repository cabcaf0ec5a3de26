"""Small questions above a screen. Each ends with a typed answer; None is what Escape answers."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, OptionList, Static
from textual.widgets.option_list import Option


class Question(ModalScreen[str | None]):
    """A text and some buttons.

    Args:
        title: In the border.
        text: What is asked, and what each answer does.
        answers: (answer, label on its button); the first has the focus.
    """

    BINDINGS = [  # noqa: RUF012 - as Textual declares it
        Binding("escape", "dismiss(None)", "Cancel"),
        Binding("left", "app.focus_previous", show=False),
        Binding("right", "app.focus_next", show=False),
    ]

    def __init__(self, title: str, text: str | Content, answers: Sequence[tuple[str, str]]) -> None:
        super().__init__(classes="dialog")
        self.question_title = title
        self.text = text
        self.answers = answers

    def compose(self) -> ComposeResult:
        with Vertical(classes="window") as window:
            window.border_title = self.question_title
            with VerticalScroll(classes="text", can_focus=False):
                yield Static(self.text if isinstance(self.text, Content) else Content(self.text))
            with Horizontal(classes="buttons"):
                for answer, label in self.answers:
                    yield Button(label, id=f"answer-{answer}", compact=False)

    def on_mount(self) -> None:
        self.query(Button).first().focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        self.dismiss((event.button.id or "").removeprefix("answer-"))


class Choice(ModalScreen[str | None]):
    """A list to choose from.

    Args:
        title: In the border.
        options: (answer, label, what it means).
        chosen: The answer that is marked first.
    """

    BINDINGS = [Binding("escape", "dismiss(None)", "Cancel")]  # noqa: RUF012 - as Textual declares it

    def __init__(self, title: str, options: Sequence[tuple[str, str, str]], chosen: str = "") -> None:
        super().__init__(classes="dialog")
        self.choice_title = title
        self.options = options
        self.chosen = chosen

    def compose(self) -> ComposeResult:
        with Vertical(classes="window") as window:
            window.border_title = self.choice_title
            yield OptionList(*(Option(option_text(label, means), id=answer) for answer, label, means in self.options))
            yield Static(Content.styled("Enter chooses, Escape leaves it as it is", "dim"))

    def on_mount(self) -> None:
        answers = [answer for answer, _, _ in self.options]
        options = self.query_one(OptionList)
        options.highlighted = answers.index(self.chosen) if self.chosen in answers else 0
        options.focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(event.option.id)


def option_text(label: str, means: str) -> Content:
    return Content.assemble((label, "bold"), (f"\n  {means}" if means else "", "dim"))
