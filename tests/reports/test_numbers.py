"""Numbers as people write them: what is not defined is a dash, whatever a table calls it."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from infraction_model.reports.numbers import decimal, percent


@pytest.mark.parametrize("value", [None, math.nan, np.float64("nan"), pd.NA, math.inf])
def test_what_is_not_defined_is_a_dash(value):
    assert decimal(value, 1, "fr") == "–"
    assert percent(value, 1, "en") == "–"


def test_signs_and_separators_are_those_of_the_language():
    assert decimal(-1234.56, 1, "fr") == "−1\u202f234,6"
    assert decimal(1234.56, 1, "en", sign=True) == "+1,234.6"
    assert percent(0.125, 1, "fr") == "12,5\u00a0%"
