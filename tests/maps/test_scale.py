from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from infraction_model.maps.scale import COLOURS, class_breaks, class_places, tier_colours


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.1."""
    channels = np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(one: str, other: str) -> float:
    light, dark = sorted([luminance(one), luminance(other)], reverse=True)
    return (light + 0.05) / (dark + 0.05)


def as_seen_without(colour: str, kind: str) -> float:
    """Luminance as a dichromat sees a colour (Viénot, Brettel and Mollon, 1999)."""
    rgb = (np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)]) / 255) ** 2.2
    to_lms = np.array(
        [[17.8824, 43.5161, 4.11935], [3.45565, 27.1554, 3.86714], [0.02996, 0.18431, 1.46709]]
    )
    lms = to_lms @ rgb
    if kind == "protan":
        lms[0] = 2.02344 * lms[1] - 2.52581 * lms[2]
    else:
        lms[1] = 0.494207 * lms[0] + 1.24827 * lms[2]
    seen = np.clip(np.linalg.inv(to_lms) @ lms, 0, 1)
    return float(seen @ [0.2126, 0.7152, 0.0722])


def test_colours_darken_in_steps_that_can_be_told_apart():
    steps = [contrast(one[0], other[0]) for one, other in itertools.pairwise(COLOURS)]
    assert [luminance(a) for a, _ in COLOURS] == sorted([luminance(a) for a, _ in COLOURS])[::-1]
    assert min(steps) > 1.2


@pytest.mark.parametrize("kind", ["protan", "deutan"])
def test_the_order_survives_colour_blindness(kind):
    seen = [as_seen_without(background, kind) for background, _ in COLOURS]
    assert seen == sorted(seen, reverse=True)


def test_text_on_every_colour_has_the_contrast_of_wcag_aa():
    for background, foreground in [*COLOURS, *tier_colours(3), *tier_colours(6)]:
        assert contrast(background, foreground) >= 4.5, (background, foreground)


@given(arrays(float, st.integers(1, 200), elements=st.floats(0, 1)))
def test_breaks_rise_and_lie_within_the_values(values):
    breaks = class_breaks(values)
    assert breaks == sorted(set(breaks))
    assert len(breaks) <= 6
    assert all(values.min() < value <= values.max() for value in breaks)


def test_breaks_are_round_for_a_quiet_town_and_for_a_busy_one():
    rng = np.random.default_rng(1)
    quiet = class_breaks(rng.beta(0.5, 60, 20_000))
    busy = class_breaks(1 - rng.beta(0.5, 3, 20_000))
    assert len(quiet) == 6
    assert len(busy) >= 5
    assert all(float(f"{value:.2g}") == value for value in quiet)
    assert busy[-1] >= 0.999
    assert busy[0] <= 0.95
    assert class_breaks(np.full(50, np.nan)) == []


def test_fewer_classes_span_the_whole_scale():
    assert class_places(7) == list(range(7))
    assert class_places(2) == [0, 6]
