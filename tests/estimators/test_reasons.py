import numpy as np

from infraction_model.estimators.reasons import strongest


def test_the_features_that_raise_the_score_are_named_strongest_first():
    contributions = np.array([[0.2, 0.9, -1.0, 0.5], [-0.1, -0.2, -0.3, 0.1]])
    texts = strongest(contributions, ("a", "b", "c", "d"), count=3)
    assert texts.tolist() == ["b +0.90; d +0.50; a +0.20", "d +0.10"]


def test_what_hardly_moves_the_rate_is_no_reason():
    texts = strongest(np.array([[0.04, 0.7], [0.01, -0.5]]), ("a", "b"))
    assert texts.tolist() == ["b +0.70", ""]
