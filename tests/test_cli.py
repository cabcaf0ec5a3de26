"""The command line as its users meet it: what it prints where, and its exit status."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

import grader

SCHEMA = json.loads((Path(grader.__file__).parent / "result.schema.json").read_text())
WRONG = "# drill: dpo_loss\ndef dpo_loss(pc, pr, rc, rr, beta=0.1, label_smoothing=0.0):\n    return pc.sum(), pc, pr\n"


@pytest.fixture
def files(tmp_path: Path, reference_of) -> dict[str, Path]:
    """One file for each way to end."""
    texts = {
        "right": reference_of("dpo_loss"),
        "wrong": WRONG,
        "broken": "# drill: dpo_loss\ndef (",
        "nameless": "x = 1\n",
        "printing": "print('hello from \\x1b[31mhere')\n" + reference_of("dpo_loss").replace("# drill:", "# is:"),
    }
    paths = {}
    for name, text in texts.items():
        paths[name] = tmp_path / f"{name}.py"
        paths[name].write_text(text)
    return paths


def test_help_names_every_command(drill_command) -> None:
    ran = drill_command("--help")

    assert ran.status == 0
    for name in ("list", "show", "run", "grade", "hint", "doctor"):
        assert f"  {name} " in ran.out
    assert drill_command("grade", "-h").status == 0


def test_list_shows_every_drill_with_its_deck(drill_command, catalogue) -> None:
    ran = drill_command("list")

    assert ran.status == 0
    assert all(drill.name in ran.out for drill in catalogue)
    assert drill_command("list", "--names").out.split() == [drill.name for drill in catalogue]
    assert drill_command("list", "nowhere").status == 2


def test_show_prints_prompt_ledger_starter_and_card(drill_command, catalogue) -> None:
    prompt = drill_command("show", "gqa_cache")

    assert prompt.status == 0
    assert "# GQA cache" in prompt.out
    assert "bytes_per_token" in prompt.out
    assert drill_command("show", "gqa_cache", "--starter").out == catalogue.find("gqa_cache").read("starter.py")
    assert "A good answer names" in drill_command("show", "gqa_cache", "--card").out


def test_an_unknown_drill_gets_a_hint(drill_command) -> None:
    ran = drill_command("show", "gqa_cach")

    assert ran.status == 2
    assert ran.out == ""
    assert "did you mean gqa_cache" in ran.err


def test_hints_come_in_three_levels(drill_command, catalogue) -> None:
    hints = catalogue.find("dpo_loss").file.hints

    for level in (1, 2, 3):
        assert drill_command("hint", "dpo_loss", "--level", str(level)).out.strip() == hints[level - 1].strip()
    assert drill_command("hint", "dpo_loss", "--level", "4").status == 2


def test_doctor_names_layers_versions_and_devices(drill_command) -> None:
    ran = drill_command("doctor")

    assert ran.status == 0
    for word in ("landlock", "seccomp", "network-namespace", "torch", "simulated GPU", "drills in"):
        assert word in ran.out


def test_a_passing_file_ends_with_0(drill_command, files) -> None:
    ran = drill_command("grade", str(files["right"]))

    assert ran.status == 0
    assert ran.out.startswith("PASSED  100 of 100  dpo_loss")
    assert ran.err == ""


def test_a_failing_file_ends_with_1_and_says_what_to_do(drill_command, files) -> None:
    ran = drill_command("grade", str(files["wrong"]), "--seed", "5")

    assert ran.status == 1
    assert ran.out.startswith("FAILED")
    assert "  FAIL  numerics" in ran.out
    assert "next: start with" in ran.out
    assert "--seed 5" in ran.out
    assert "\x1b" not in ran.out
    assert max(map(len, ran.out.splitlines()[1:])) <= 80


def test_a_score_that_is_held_down_says_why(drill_command, catalogue) -> None:
    drill = catalogue.find("sample_token")

    ran = drill_command("grade", str(drill.solution_folder / "wrong" / "top_p_without_renormalising.py"))

    cap = drill.file.rubric.gates["statistics"]
    assert ran.out.startswith(f"FAILED  {cap} of 100")
    assert f"while a statistics check fails, {cap} is the\n  most" in ran.out
    assert "next: start with the " in ran.out


def test_a_file_without_a_drill_ends_with_2(drill_command, files) -> None:
    ran = drill_command("grade", str(files["nameless"]))

    assert ran.status == 2
    assert "REJECTED" in ran.out
    assert "# drill: NAME" in ran.out
    assert drill_command("grade", str(files["broken"])).status == 2
    assert drill_command("grade").status == 2
    assert drill_command("grade", str(files["right"]), "--drill", "nowhere").status == 2


def test_json_is_one_valid_line_for_each_file_in_order(drill_command, files) -> None:
    names = ["wrong", "right", "broken", "nameless"]

    ran = drill_command("grade", "--format", "json", *(str(files[name]) for name in names))

    results = [json.loads(line) for line in ran.out.splitlines()]
    for result in results:
        jsonschema.validate(result, SCHEMA)
    assert [result["verdict"] for result in results] == ["failed", "passed", "rejected", "rejected"]
    assert ran.status == 2
    assert results[1]["score"] == 100
    assert all(layer["name"] for layer in results[1]["isolation"])
    assert sum(family["max_points"] for family in results[1]["families"].values()) == pytest.approx(100)
    assert results[0]["seed"] != results[1]["seed"]


def test_a_seed_replays_a_grade(drill_command, files) -> None:
    def messages(seed: str) -> list[str]:
        ran = drill_command("grade", "--format", "json", "--seed", seed, str(files["wrong"]))
        return [check["message"] for check in ran.json["checks"]]

    assert messages("11") == messages("11")
    assert messages("11") != messages("12")


def test_the_schema_can_fail(files, drill_command) -> None:
    result = drill_command("grade", "--format", "json", str(files["right"])).json
    for key, value in (("verdict", "fine"), ("score", 101), ("families", {"taste": {}}), ("extra", 1)):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(result | {key: value}, SCHEMA)


def test_output_goes_to_a_file_and_nothing_to_stdout(drill_command, files, tmp_path) -> None:
    ran = drill_command("grade", "--format", "json", "--output", str(tmp_path / "out.json"), str(files["right"]))

    assert (ran.status, ran.out) == (0, "")
    jsonschema.validate(json.loads((tmp_path / "out.json").read_text()), SCHEMA)
    unwritable = drill_command("grade", "--output", str(tmp_path / "no" / "out"), str(files["right"]))
    assert unwritable.status == 2
    assert "cannot write" in unwritable.err


def test_what_the_file_prints_is_shown_clean_and_apart(drill_command, files) -> None:
    ran = drill_command("grade", "--drill", "dpo_loss", str(files["printing"]))

    assert ran.status == 0
    assert "Printed by the file\n  | hello from \ufffd[31mhere" in ran.out


def test_run_uses_the_public_checks_and_gives_no_score(drill_command, files) -> None:
    right, wrong = drill_command("run", str(files["right"])), drill_command("run", str(files["wrong"]))

    assert (right.status, wrong.status) == (0, 1)
    assert right.out.startswith("PASSED  dpo_loss")
    assert "of 100" not in right.out + wrong.out
    assert "drill grade" in right.out


def test_require_isolation_is_kept_or_refused_loudly(drill_command, files) -> None:
    ran = drill_command("grade", "--require-isolation", "--format", "json", str(files["right"]))

    held = all(layer["in_force"] for layer in ran.json["isolation"]) and ran.json["isolation"]
    assert ran.status == (0 if held else 3)


def test_a_real_gpu_is_refused_in_words(drill_command, files) -> None:
    ran = drill_command("grade", "--device", "cuda", str(files["right"]))

    assert ran.status == 2
    assert "simulated GPU" in ran.err
