"""Public checks of kl_estimators: they help while you write. The hidden ones decide."""

import pytest
import torch

from grader.suite import assert_close, assert_shape, fail

KEYS = ("k1", "k2", "k3")


def parts(result):
    if not isinstance(result, dict) or set(result) != set(KEYS):
        fail(f'the result is {result!r:.60}, expected a dict with the keys "k1", "k2" and "k3"')
    return result


@pytest.mark.check("shape")
def test_gives_three_values_a_token(submission, draw):
    result = parts(submission.kl_estimators(draw.normal(2, 5, mean=-3.0), draw.normal(2, 5, mean=-3.0)))
    for key in KEYS:
        assert_shape(result[key], (2, 5), key)


@pytest.mark.check("numerics")
def test_the_prompts_example(submission):
    logps, ref_logps = torch.tensor([[-1.0, -2.0]]).double(), torch.tensor([[-1.5, -1.5]]).double()
    result = parts(submission.kl_estimators(logps, ref_logps))
    expected = {"k1": [[0.5, -0.5]], "k2": [[0.125, 0.125]], "k3": [[0.106531, 0.148721]]}
    for key in KEYS:
        wanted = torch.tensor(expected[key], dtype=torch.float64)
        assert_close(result[key], wanted, what=key, relative=1e-5)


@pytest.mark.check("numerics")
def test_k3_of_a_thousandth(submission):
    logps, ref_logps = torch.zeros(1, 2), torch.tensor([[-1e-3, -1e-3]])
    k3 = parts(submission.kl_estimators(logps, ref_logps))["k3"]
    assert_close(k3, torch.full((1, 2), 4.998334e-7), what="k3 of d = 1e-3", relative=1e-3)


@pytest.mark.check("finiteness")
def test_models_that_agree_have_no_divergence(submission, draw):
    logps = draw.normal(3, 4, mean=-3.0)
    result = parts(submission.kl_estimators(logps, logps.clone()))
    for key in KEYS:
        assert_close(result[key], torch.zeros(3, 4), what=f"{key} where d = 0")
