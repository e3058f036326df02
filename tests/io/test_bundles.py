import hashlib
import json
import shutil

import numpy as np
import pytest

import small_town
from infraction_model.errors import ConfigError, InputError, MissingArtefactError
from infraction_model.estimators.baselines import EmpiricalBayesParameters
from infraction_model.estimators.exposure_gbm import ExposureGBMParameters
from infraction_model.features.matrix import FeatureParameters
from infraction_model.forecast import ForecastParameters, fit, predict
from infraction_model.io.bundles import read_bundle, write_bundle

KINDS = [
    ExposureGBMParameters(max_trees=15, min_data_in_leaf=20),
    EmpiricalBayesParameters(),
]


@pytest.fixture(scope="module")
def panel():
    return small_town.panel(weeks=30)


def _fit(panel):
    town = small_town.town("recorded")
    return fit(panel, panel.end_week, town, KINDS, FeatureParameters(), ForecastParameters())


@pytest.fixture(scope="module")
def fitted(panel):
    return _fit(panel)


@pytest.fixture
def bundle(fitted, tmp_path):
    return write_bundle(fitted[0], tmp_path / "models")


def test_a_bundle_moved_elsewhere_predicts_the_same_to_the_bit(fitted, panel, tmp_path):
    for forecaster in fitted:
        path = write_bundle(forecaster, tmp_path / "models")
        moved = shutil.move(path, tmp_path / f"moved {forecaster.estimator_parameters.kind}")
        [one], [other] = (
            predict([f], panel, panel.end_week) for f in (forecaster, read_bundle(moved))
        )
        np.testing.assert_array_equal(one.expected, other.expected)
        np.testing.assert_array_equal(one.upper, other.upper)


def test_the_same_model_has_the_same_name_on_every_machine(panel, bundle, tmp_path):
    again = write_bundle(_fit(panel)[0], tmp_path / "other")
    assert again.name == bundle.name
    for path in sorted(bundle.iterdir()):
        assert path.read_bytes() == (again / path.name).read_bytes()


def test_a_card_lies_beside_the_model_and_does_not_change_its_name(fitted, panel, bundle, tmp_path):
    named = []

    def describe(name: str) -> dict[str, bytes]:
        named.append(name)
        return {"model_card.json": b"{}"}

    described = write_bundle(fitted[0], tmp_path / "described", describe)
    assert named == [described.name] == [bundle.name]
    assert (described / "model_card.json").read_bytes() == b"{}"
    [one], [other] = (predict([read_bundle(b)], panel, panel.end_week) for b in (bundle, described))
    np.testing.assert_array_equal(one.expected, other.expected)


def test_a_bundle_is_text_only(bundle):
    assert sorted(path.name for path in bundle.iterdir()) == [
        "bundle.json",
        "estimator.json",
        "model.txt",
    ]
    for path in bundle.iterdir():
        path.read_text(encoding="utf-8")


def test_a_file_changed_after_training_is_refused(bundle):
    with (bundle / "model.txt").open("a") as handle:
        handle.write("\n")
    with pytest.raises(InputError, match=r"model.txt was changed"):
        read_bundle(bundle)


@pytest.mark.parametrize("name", ["../outside.txt", "/etc/hostname", "sub/model.txt"])
def test_a_file_name_that_leads_out_of_the_bundle_is_refused(bundle, name):
    about = json.loads((bundle / "bundle.json").read_text())
    about["files"][name] = "0" * 64
    (bundle / "bundle.json").write_text(json.dumps(about))
    (bundle.parent / "outside.txt").write_text("x")
    with pytest.raises(InputError, match="not there"):
        read_bundle(bundle)


def test_an_unknown_key_or_no_json_is_refused(bundle):
    about = json.loads((bundle / "bundle.json").read_text())
    (bundle / "bundle.json").write_text(json.dumps({**about, "sprad": 1}))
    with pytest.raises(ConfigError, match="spread"):
        read_bundle(bundle)
    (bundle / "bundle.json").write_text("{")
    with pytest.raises(InputError, match="not JSON"):
        read_bundle(bundle)


def test_no_bundle_names_the_command_that_makes_one(tmp_path):
    with pytest.raises(MissingArtefactError, match="infraction-model train"):
        read_bundle(tmp_path)


def test_a_bundle_that_lacks_what_this_version_keeps_says_so(fitted, tmp_path):
    path = write_bundle(fitted[1], tmp_path / "models")
    about = json.loads((path / "bundle.json").read_text())
    [name] = about["files"]
    (path / name).write_text("{}")
    about["files"][name] = hashlib.sha256(b"{}").hexdigest()
    (path / "bundle.json").write_text(json.dumps(about))
    with pytest.raises(InputError, match="another version"):
        read_bundle(path)
