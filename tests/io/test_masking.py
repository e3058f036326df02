import pytest
from hypothesis import given
from hypothesis import strategies as st

from infraction_model.io.masking import has_password, masked


@pytest.mark.parametrize(
    "text, shown",
    [
        ("http://ann:s3cret@host:5000/x", "http://ann:***@host:5000/x"),
        ("postgresql://ann:p@ss:word@db/runs", "postgresql://ann:***@db/runs"),
        ("see 'https://:key@host' and http://b:c@d", "see 'https://:***@host' and http://b:***@d"),
    ],
)
def test_a_password_in_an_address_is_found_and_covered(text, shown):
    assert has_password(text)
    assert masked(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "http://host:5000/some@where",
        "http://ann@host/x",
        "sqlite:////data/mlflow.db",
        "mail ann:bob@host",
        "data.fines.path=a:b@c.csv",
    ],
)
def test_other_text_stays_as_it_is(text):
    assert not has_password(text)
    assert masked(text) == text


def test_a_password_from_the_environment_is_not_written_down():
    assert not has_password("http://ann:${oc.env:PASSWORD}@host")


@given(
    st.text(
        alphabet=st.characters(exclude_characters="/'\"", exclude_categories=["Z", "C"]), min_size=1
    )
)
def test_no_password_gets_through(secret):
    assert f"{secret}X@" not in masked(f"http://ann:{secret}X@host/runs")
