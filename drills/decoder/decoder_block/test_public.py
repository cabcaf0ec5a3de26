"""Public checks of decoder_block: they help while writing, the hidden ones decide."""

import pytest
import torch

from grader.suite import assert_close, assert_refuses, assert_shape

SHAPES = {
    "attn_norm.weight": ["D"], "q_proj.weight": ["D", "D"], "k_proj.weight": ["D", "D"], "v_proj.weight": ["D", "D"],
    "o_proj.weight": ["D", "D"], "ffn_norm.weight": ["D"], "gate_proj.weight": ["F", "D"], "up_proj.weight": ["F", "D"],
    "down_proj.weight": ["D", "F"],
}  # fmt: skip


def make(subject, *args, **options):
    with subject.global_random_allowed():
        return subject.DecoderBlock(*args, **options)


@pytest.mark.check("contract")
def test_state_dict_has_every_name_and_shape(submission):
    sizes, state = {"D": 6, "F": 5}, make(submission, 6, 2, 5).state()
    for name, letters in SHAPES.items():
        assert name in state, f"the state dict lacks `{name}`"
        assert_shape(state[name], [sizes[letter] for letter in letters], f"`{name}` with d_model=6, d_ff=5")


@pytest.mark.check("shape")
def test_result_has_the_inputs_shape(submission, draw):
    assert_shape(make(submission, 6, 2, 5)(draw.normal(2, 3, 6)), (2, 3, 6))


@pytest.mark.check("numerics")
def test_the_prompts_example(submission):
    block, eye = make(submission, 2, 1, 1), torch.eye(2)
    block.load({f"{name}_proj.weight": eye for name in "qkvo"})
    block.load({"gate_proj.weight": eye[:1], "up_proj.weight": eye[1:], "down_proj.weight": eye[:, :1]})
    result = block(torch.tensor([[[1.0, 1.0], [1.0, -1.0]]]))
    assert_close(result, torch.tensor([[[2.7311, 2.0], [1.2668, -1.6088]]]), relative=1e-3)


@pytest.mark.check("numerics")
def test_one_position_and_one_head_match_the_reference(submission, reference, draw):
    ours, theirs = (make(subject, 4, 1, 3, eps=0.01) for subject in (submission, reference))
    values = theirs.state()
    ours.load(values)
    x = draw.normal(2, 1, 4)
    assert_close(ours(x), theirs(x))


@pytest.mark.check("contract")
def test_refuses_four_heads_for_six_lanes(submission):
    with submission.global_random_allowed():
        assert_refuses(submission.DecoderBlock, 6, 4, 8, because="n_heads=4 does not divide d_model=6")
