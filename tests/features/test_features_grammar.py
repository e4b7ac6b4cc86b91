from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fallow.features.grammar import read_terms, write_term

NAMES = st.text(min_size=1)
VALUES = st.integers() | st.floats(allow_nan=False) | st.booleans() | st.text()


@given(st.lists(st.tuples(NAMES, st.dictionaries(NAMES, VALUES, max_size=3)), min_size=1, max_size=4))
def test_terms_survive_writing(terms):
    assert read_terms(",".join(write_term(*term) for term in terms)) == terms


@pytest.mark.parametrize("text", ["3", "0.5", "true", "nan", "1_000", "1e5", "", " a ", 'say "a"', "a,b", "a=b"])
def test_text_stays_text(text):
    ((_, options),) = read_terms(write_term("name", {"option": text}))
    assert options == {"option": text}
    assert type(options["option"]) is str


def test_quotes_are_written_only_where_they_are_needed():
    assert write_term("color", {"space": "hsv", "sigma": 1.5, "on": True}) == "color,space=hsv,sigma=1.5,on=True"
    assert write_term("encoder", {"path": Path("a b.fallow")}) == "encoder,path=a b.fallow"


def test_spaces_around_marks_count_nothing_and_within_quotes_they_do():
    assert read_terms(' color , space = "a , b" ') == [("color", {"space": "a , b"})]
