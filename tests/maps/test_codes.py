from __future__ import annotations

import base64

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from infraction_model.maps.page import codes

probabilities = arrays(float, st.integers(1, 30), elements=st.floats(0, 1))


def decode(text: str) -> np.ndarray:
    return np.array([codes.DIGITS.index(digit) for digit in text])


widths = st.sampled_from([2, 3])


def test_the_digits_are_those_of_base64():
    numbers = np.arange(4096)
    packed = b"".join(int(a * 4096 + b).to_bytes(3, "big") for a, b in numbers.reshape(-1, 2))
    assert codes.text(numbers, 2) == base64.b64encode(packed).decode()


@given(probabilities, widths)
def test_a_level_is_within_one_part_in_so_many_of_the_top(values, width):
    top = float(values.max())
    shown = codes.values_of(codes.levels(values, top, width), top, width)
    assert np.abs(shown - values).max() <= 1.01 * top / (64**width - 2)
    assert shown.max() == top


def test_what_is_missing_stays_missing():
    level = codes.levels(np.array([0.2, np.nan]), 0.2, 2)
    assert level.tolist() == [4094, codes.missing(2)]
    assert np.isnan(codes.values_of(level, 0.2, 2)[1])


@given(probabilities, probabilities, st.data())
def test_the_interval_shown_holds_the_interval_scored(shown, other, data):
    size = min(len(shown), len(other))
    low, high = np.sort([shown[:size], other[:size]], axis=0)
    shown = low + (high - low) * data.draw(st.floats(0, 1))
    cap = float(high.max())
    width = data.draw(st.sampled_from([1, 2]))
    most = 64**width - 1
    down = shown * (1 - codes.below(low, shown, width) / most)
    up = shown + (cap - shown) * (codes.above(high, shown, cap, width) / most) ** 2
    assert (down <= low + 1e-6).all()
    assert (up >= high - 1e-6).all()
    assert (low - down <= shown / most + 1e-6).all()
    assert (up - high <= 2.1 * (cap - shown) / most + 1e-6).all()


@given(arrays(np.int8, (3, 168), elements=st.integers(0, 7)))
def test_two_small_numbers_share_a_digit(numbers):
    digits = decode(codes.two_a_digit(numbers))
    assert np.column_stack([digits >> 3, digits & 7]).ravel().tolist() == numbers.ravel().tolist()


def test_ratios_are_even_on_a_logarithmic_scale():
    values = np.geomspace(0.5, 8.0, 64)
    assert codes.ratios(values, 0.5, 8.0).tolist() == list(range(64))
    assert codes.ratios(np.array([2.0, 2.0]), 2.0, 2.0).tolist() == [0, 0]
