"""No rule of a shipped prompt can be lost unnoticed: drill.toml holds a phrase of each sentence."""

from __future__ import annotations

import pytest

from grader.authoring.prompts import unheld_rules
from grader.catalogue import open_catalogue


@pytest.mark.parametrize("name", [drill.name for drill in open_catalogue().all_drills()])
def test_every_rule_of_the_prompt_is_held(catalogue, name: str) -> None:
    assert unheld_rules(catalogue.find(name)) == []
