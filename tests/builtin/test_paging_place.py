"""The place in a request that names a page."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httptask.builtin.paging.place import Place, with_url
from httptask.core.message import Headers, HttpRequest
from httptask.definition.paging_options import PageParameter
from httptask.errors import InputError

REQUEST = HttpRequest("GET", "https://api.example.com/a?x=1&page%5Bn%5D=7&x=2", Headers())


@given(st.text(max_size=20), st.text(min_size=1, max_size=8))
def test_a_value_that_is_put_into_a_query_is_read_from_it(value: str, name: str) -> None:
    if "\ud800" <= max(value + name) <= "\udfff":
        return
    place = Place(name, "")
    put = place.put(REQUEST, value)
    assert place.get(put) == value
    assert place.put(put, value) == put
    assert Place("page[n]", "").get(put) == ("7" if name != "page[n]" else value)


def test_a_place_that_the_request_lacks_is_an_error() -> None:
    for where in ({"in": "body", "name": "/a"}, {"in": "header", "name": "X"}):
        place = Place(PageParameter.model_validate(where), "/inputParameters")
        with pytest.raises(InputError) as raised:
            place.put(with_url(REQUEST, REQUEST.url), "a\nb")
        assert raised.value.pointer == "/inputParameters/httptask/paging/parameter"
