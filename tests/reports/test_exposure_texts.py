from infraction_model.reports.exposure_texts import EXPOSURE_WORDS, presence_words
from infraction_model.schema import EXPOSURE_BASES


def test_every_basis_is_explained_in_both_languages():
    for words in EXPOSURE_WORDS.values():
        assert tuple(words) == EXPOSURE_BASES
        for field in ("title", "measure", "meaning", "not_identifiable"):
            assert len({getattr(each, field) for each in words.values()}) == len(EXPOSURE_BASES)


def test_without_patrols_no_probability_is_one_of_infraction():
    assert "pas qu'une infraction ait lieu" in EXPOSURE_WORDS["fr"]["none"].meaning
    assert "not that an infraction takes place" in EXPOSURE_WORDS["en"]["none"].meaning


def test_a_check_of_presences_is_said_with_its_four_figures():
    check = {"seen": 0.23, "elsewhere": 0.11, "likeness": 0.684, "level": 0.77}
    said = presence_words(check, "en")
    assert [figure in said for figure in ("23 %", "11 %", "0.68", "0.77")] == [True] * 4
    assert "0,77 fois" in presence_words(check, "fr")
