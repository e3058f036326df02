import json

from infraction_model.io.json_files import write_json


def test_a_figure_that_is_not_defined_is_null_in_strict_json(tmp_path):
    write_json(tmp_path / "x.json", {"a": float("nan"), "b": [1.5, (float("inf"), "é")]})

    def refuse(constant):
        raise AssertionError(constant)

    read = json.loads((tmp_path / "x.json").read_text("utf-8"), parse_constant=refuse)
    assert read == {"a": None, "b": [1.5, [None, "é"]]}
