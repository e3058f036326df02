"""Persons' data: what is recognised, what is not taken for it; nothing of it is written."""

from __future__ import annotations

import stat

import pandas as pd
import pytest

from infraction_model.errors import ConfigError, InputError
from infraction_model.ingest.privacy import (
    looks_personal,
    personal_by_name,
    personal_by_values,
    pseudonyms,
    scrub,
)
from infraction_model.io.secret import agent_key, keep_agent_key
from made_exports import PERSONAL, ROWS, ingest_folder, write_town

PLATES = ["AB-123-CD", "AB123CD", "ab 123 cd", "1234 AB 75", "AB12 CDE", "A123 BCD", "B-MW 1234",
          "M-AB 12E", "7ABC123", "ABC-1234"]  # fmt: skip
OTHERS = ["marie.dupont@ville.fr", "06 12 34 56 78", "0612345678", "+33 6 12 34 56 78",
          "(415) 555-1234", "020 7946 0958"]  # fmt: skip
NOT_PERSONAL = ["Rue du 8 Mai 1945", "R417-10", "TRC7.2.22", "1509 CAYUGA AVE", "957901523",
                "2013-06-01T00:00:00", "01-06-2013 10:05", "49.798155", "MISSION ST & 11TH ST",
                "PV00000001", "A34 to Burnage Lane", "14h05", "5TH AVE"]  # fmt: skip


@pytest.mark.parametrize("value", PLATES + OTHERS)
def test_plates_addresses_and_numbers_are_recognised_and_removed(value):
    text = pd.Series([value, f"vu {value} garé"], dtype="str")
    assert looks_personal(text).tolist() == [True, False]
    assert scrub(text, set()).tolist() == ["[removed]", "vu [removed] garé"]


@pytest.mark.parametrize("value", NOT_PERSONAL)
def test_what_is_not_personal_is_left_alone(value):
    assert scrub(pd.Series([value], dtype="str"), set()).tolist() == [value]


@pytest.mark.parametrize(
    "column, kind",
    [
        ("Immatriculation", "number plate"),
        ("PLAQUE_VEHICULE", "number plate"),
        ("Vehicle Registration", "number plate"),
        ("Kennzeichen", "number plate"),
        ("Plate", "number plate"),
        ("Agent", "officer"),
        ("Officer ID", "officer"),
        ("Matricule ASVP", "officer"),
        ("Nom", "person's name"),
        ("Prénom du titulaire", "person's name"),
        ("E-Mail", "e-mail"),
        ("Téléphone", "telephone"),
        ("Date de naissance", "date of birth"),
        ("Adresse du titulaire", "home address"),
        ("IBAN", "bank account"),
        ("Rue", None),
        ("Nom de la rue", None),
        ("Street Name", None),
        ("Contravention Code", None),
        ("Citation Location", None),
        ("Montant", None),
    ],
)
def test_columns_are_recognised_by_name(column, kind):
    assert personal_by_name(column) == kind


def test_columns_are_recognised_by_their_values():
    assert personal_by_values(pd.Series(["AB-123-CD", "", "EF-456-GH"])) == "French plate"
    assert personal_by_values(pd.Series(PLATES)) == "number plate"
    assert personal_by_values(pd.Series(["appeler 06 12 34 56 78", "rien"])) == "telephone in text"
    assert personal_by_values(pd.Series(NOT_PERSONAL)) is None


def test_an_agent_named_like_a_street_does_not_hide_the_street():
    text = pd.Series(["Rue Saint-Martin", "martin", "vu par DUPONT Marie"], dtype="str")
    clean = scrub(text, {"martin", "dupont marie"})
    assert clean.tolist() == ["Rue Saint-Martin", "[removed]", "[removed]"]


def test_pseudonyms_are_equal_for_equal_agents_and_need_the_key():
    agents = pd.Series(["DUPONT Marie (412)", "dupont m. (412)", "THOMAS (190)", ""])
    first = pseudonyms(agents, r"\((\d+)\)", b"a" * 32, "data.fines")
    assert first[0] == first[1] != first[2]
    assert pd.isna(first[3])
    other = pseudonyms(agents, r"\((\d+)\)", b"b" * 32, "data.fines")
    assert set(first.dropna()).isdisjoint(other.dropna())
    with pytest.raises(ConfigError, match=r"data\.fines\.agent_pattern"):
        pseudonyms(agents, "(", b"a" * 32, "data.fines")


def test_the_key_is_random_kept_once_and_its_owners_only(tmp_path):
    folder = tmp_path / "secrets"
    key = agent_key(folder)
    assert key != agent_key(folder)
    keep_agent_key(folder, key)
    keep_agent_key(folder, b"x" * 32)
    assert agent_key(folder) == key
    assert stat.S_IMODE((folder / "agents.key").stat().st_mode) == 0o600
    (folder / "agents.key").write_text("abcd\n")
    with pytest.raises(InputError, match="2 bytes, expected 32"):
        agent_key(folder)


def test_nothing_personal_reaches_any_output(tmp_path, capsys):
    shifted = "PV9;04/03/2024;08h11;AB-123-CD;THOMAS Nico;;;DUPONT Marie (412);;THOMAS Nico (190);"
    hidden = "PV8;04/03/2024;??;vers 7ABC123 Rue X;1;;;Mail marie@ville.fr;KN-983-VY;THOMAS (190);"
    plate = "ZW-979-NF;04/03/2024;09h11;Rue de la Paix;1;;;Trottoir;ZW-979-NF;THOMAS Nico (190);"
    write_town(tmp_path, [*ROWS, shifted, hidden, plate])
    report = ingest_folder(tmp_path, tmp_path / "w")
    written = capsys.readouterr()
    texts = [written.out, written.err]
    for path in (tmp_path / "w").rglob("*"):
        if path.suffix == ".parquet":
            texts.append(pd.read_parquet(path).to_csv())
        elif path.is_file() and path.suffix != ".key":
            texts.append(path.read_bytes().decode("utf-8"))
    assert len(texts) == 8
    for secret in [*PERSONAL, "AB-123-CD", "marie@ville.fr", "(190)", "(412)"]:
        assert not any(secret.casefold() in text.casefold() for text in texts), secret
    assert {row["column"] for row in report["privacy"]} == {"Immatriculation", "Agent"}
    assert report["sources"][0]["quarantined"] == {"unknown street": 1, "not a time": 1}
