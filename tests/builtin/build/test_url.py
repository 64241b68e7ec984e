from __future__ import annotations

import re
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from httptask.builtin.build.styles import ParameterStyle
from httptask.builtin.build.url import ascii_host, build_url
from httptask.errors import InputError

RFC_3986 = re.compile(
    r"https?://(?:[a-z0-9_.-]+|\[[0-9a-f:.]+\])(?::[0-9]+)?"
    r"(?:/(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})*)+"
    r"(?:\?(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*)?"
)
TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("http://h", "http://h/"),
        ("HTTP://EXAMPLE.com:080/", "http://example.com:80/"),
        ("http://h:/", "http://h/"),
        (" http://h/a ", "http://h/a"),
        ("http://h/a b?c d", "http://h/a%20b?c%20d"),
        ("http://h/%20%7Bx%7D", "http://h/%20%7Bx%7D"),
        ("http://h/%zz/100%?%", "http://h/%25zz/100%25?%25"),
        ('http://h/[]|"^\\<>`', "http://h/%5B%5D%7C%22%5E%5C%3C%3E%60"),
        ("http://h/?a[b]=|", "http://h/?a%5Bb%5D=%7C"),
        ("http://h/é/日本", "http://h/%C3%A9/%E6%97%A5%E6%9C%AC"),
        ("http://h/a+b?c+d&e;f=g==", "http://h/a+b?c+d&e;f=g=="),
        ("http://h//a/../b/./c", "http://h//a/../b/./c"),
        ("http://h/p?q#frag", "http://h/p?q"),
        ("http://h/p#/{x}", "http://h/p"),
        ("http://h/?", "http://h/"),
        ("http://h?a=1", "http://h/?a=1"),
        ('http://h/?q={"a":1}', "http://h/?q=%7B%22a%22:1%7D"),
        ("http://h/{}/{/}", "http://h/%7B%7D/%7B/%7D"),
        ("http://h/a@b:c", "http://h/a@b:c"),
        ("http://bücher.example/", "http://xn--bcher-kva.example/"),
        ("http://\uff11\uff12\uff17.0.0.1/", "http://127.0.0.1/"),
        ("http://my_service:8080/x", "http://my_service:8080/x"),
        ("http://example.com./", "http://example.com./"),
        ("http://[2001:DB8::1]:8080/x", "http://[2001:db8::1]:8080/x"),
    ],
)
def test_encodes_what_is_not_encoded(uri: str, expected: str) -> None:
    assert build_url(uri) == expected
    assert build_url(expected) == expected


@pytest.mark.parametrize(
    "uri",
    [
        "", "/relative", "localhost:8080/x", "127.0.0.1:80/x", "ftp://h/", "file:///etc/passwd",
        "http:h", "http:///x", "http://", "http://?x", "http://{host}/", "http://a{b}.example/",
        "http://h:99999/", "http://h:0/", "http://h:8a/", "http://h:-1/", "http://h:٣/",
        "http://h:" + "9" * 5000, "http://u:p@h/", "http://u@h/", "http://good.example\\@h/",
        "http://a\\b/", "http://a b/", "http://a..b/", "http://a%41/", "http://[::1", "http://[::1]x/",
        "http://[fe80::1%25eth0]/", "http://[1.2.3.4]/", "http://" + "a" * 64 + "/",
        "http://" + ".".join(["a" * 60] * 5), "http://\u2e2e/", "http://h/\n", "http://h/\x00",
        "http://h/a\r\nHost: x", "http://h/\x7f", "http://h\t/", "http://h/\ud800",
    ],
)  # fmt: skip
def test_refuses_what_cannot_be_requested(uri: str) -> None:
    with pytest.raises(InputError) as caught:
        build_url(uri)
    assert caught.value.pointer == "/uri"


def test_userinfo_error_tells_where_it_belongs() -> None:
    with pytest.raises(InputError) as caught:
        build_url("https://me:s3cret@h/")
    assert caught.value.code == "userinfo_refused"
    assert "httptask.auth" in caught.value.hint
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("uri", "path", "expected"),
    [
        ("http://h/{id}", {"id": "a/b c?#é"}, "http://h/a%2Fb%20c%3F%23%C3%A9"),
        ("http://h/{id}", {"id": 5}, "http://h/5"),
        ("http://h/{id}", {"id": ""}, "http://h/"),
        ("http://h/{user-id}/{a.b}", {"user-id": "x", "a.b": "y"}, "http://h/x/y"),
        ("http://h/{ids}", {"ids": [1, 2]}, "http://h/1,2"),
        ("http://h/{+path}", {"path": "a/b?c=[d]"}, "http://h/a/b?c=%5Bd%5D"),
        ("http://h{/a,b}{?q,r*}", {"a": 1, "b": 2, "q": "x", "r": {"s": "t"}}, "http://h/1/2?q=x&s=t"),
        ("http://h/{?q}", {}, "http://h/"),
        ("http://h/x{?q}", {"q": None}, "http://h/x"),
        ("http://h/x?a=1{&q}", {"q": "&"}, "http://h/x?a=1&q=%26"),
        ("http://h/{x:3}", {"x": "abcdef"}, "http://h/abc"),
        ("http://h/x{#f}", {"f": "frag"}, "http://h/x"),
        ("http://h/{id}:cancel", {"id": "7"}, "http://h/7:cancel"),
    ],
)  # fmt: skip
def test_expands_templates(uri: str, path: dict[str, object], expected: str) -> None:
    assert build_url(uri, path) == expected


@pytest.mark.parametrize(
    ("uri", "path", "pointer"),
    [
        ("http://h/{id}", {}, "/path/id"),
        ("http://h/{user-id}", {}, "/path/user-id"),
        ("http://h/{id}", {"id": None}, "/path/id"),
        ("http://h/{id}", {"id": []}, "/path/id"),
        ("http://h/{a}/{b}", {"a": 1}, "/path/b"),
        ("http://h/?x={+b}", {}, "/path/b"),
        ("http://h/{x:3}", {"x": {"a": 1}}, "/path/x"),
        ("http://h/{x}", {"x": float("nan")}, "/path/x"),
        ("http://h/{a/b}", {"a/b": None}, "/path/a~1b"),
    ],
)
def test_missing_value_is_named(uri: str, path: dict[str, object], pointer: str) -> None:
    with pytest.raises(InputError) as caught:
        build_url(uri, path)
    assert caught.value.pointer == pointer


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("http://h/a/{x}/b", {"x": ".."}),
        ("http://h/a/{x}", {"x": "."}),
        ("http://h/a/{x}", {"x": "../../admin"}),
        ("http://h/a/{x}", {"x": "b/../.."}),
        ("http://h/a/{x}", {"x": "..\\admin"}),
        ("http://h/a/{x}", {"x": "..;v=1"}),
        ("http://h/a/{+x}", {"x": "b/../../admin"}),
        ("http://h/a/{+x}/b", {"x": "%2e%2E"}),
        ("http://h/a/.{x}", {"x": "."}),
        ("http://h/a/{x}{y}", {"x": ".", "y": "."}),
        ("http://h/a{/x}", {"x": ".."}),
        ("http://h/a/{x}?q", {"x": ".."}),
    ],
)
def test_value_cannot_climb_the_path(uri: str, path: dict[str, object]) -> None:
    with pytest.raises(InputError) as caught:
        build_url(uri, path)
    assert caught.value.code == "path_value_climbs"


@pytest.mark.parametrize("value", ["v1.2", "a..b", ".hidden", "...", "%2e%2e"])
def test_harmless_dots_pass(value: str) -> None:
    url = build_url("http://h/a/{x}/../b", {"x": value})
    assert unquote(url.split("/")[4]) == value
    assert url.endswith("/../b")


def test_dots_in_a_query_are_not_a_path() -> None:
    assert build_url("http://h/a?x={x}", {"x": "../.."}) == "http://h/a?x=..%2F.."


def test_adds_the_query() -> None:
    query = {"q": "a b&c+", "none": None, "list": [1, None, True], "o": {"R": 1.0}, "e": ""}
    expected = "http://h/x?a=1&q=a%20b%26c%2B&list=1&list=true&R=1.0&e="
    assert build_url("http://h/x?a=1", {}, query) == expected
    assert build_url("http://h/x?", {}, {"a": 1}) == "http://h/x?a=1"
    assert build_url("http://h/x", {}, {"a": None}) == "http://h/x"


def test_styles_by_place() -> None:
    styles = {
        "path": {"id": ParameterStyle("matrix", True)},
        "query": {"id": ParameterStyle("pipeDelimited")},
    }
    url = build_url("http://h/x{id}", {"id": [1, 2]}, {"id": [3, 4]}, styles)
    assert url == "http://h/x;id=1;id=2?id=3%7C4"


def test_encode_false_leaves_the_uri_as_written() -> None:
    assert build_url("http://h/a|[%zz]?", encode=False) == "http://h/a|[%zz]?"
    assert build_url("http://h/{x}|", {"x": "a b"}, encode=False) == "http://h/a%20b|"
    assert build_url("http://h/|?", {}, {"q": "é"}, encode=False) == "http://h/|?q=%C3%A9"
    for uri in ("http://h/a b", "http://h/é", "http://h/\u00a0", "http://h/{x}", "http://h/\r"):
        with pytest.raises(InputError):
            build_url(uri, encode=False)


@given(st.text().map("http://example.com/".__add__), TEXT)
@example("http://example.com/%", "")
def test_any_text_is_refused_or_becomes_a_stable_uri(uri: str, value: str) -> None:
    try:
        url = build_url(uri, {}, {"q": value})
    except InputError:
        return
    assert RFC_3986.fullmatch(url)
    assert build_url(url) == url
    if "?" not in uri:
        assert parse_qsl(urlsplit(url).query, keep_blank_values=True) == [("q", value)]


@given(st.text())
def test_any_authority_is_refused_or_valid(authority: str) -> None:
    try:
        url = build_url(f"https://{authority}/x")
    except InputError:
        return
    assert RFC_3986.fullmatch(url)
    assert build_url(url) == url
    assert "@" not in urlsplit(url).netloc


@given(TEXT.filter(bool))
def test_path_values_come_back(value: str) -> None:
    try:
        url = build_url("https://h/a/{x}/b", {"x": value})
    except InputError:
        assert "." in value, "only a dot segment is refused"
        return
    assert RFC_3986.fullmatch(url)
    _, first, found, last = urlsplit(url).path.split("/")
    assert (first, unquote(found), last) == ("a", value, "b")


@pytest.mark.parametrize(
    ("host", "expected"),
    [("EXAMPLE.com", "example.com"), ("faß.de", "xn--fa-hia.de"), ("[::FFFF]", "[::ffff]")],
)
def test_ascii_host(host: str, expected: str) -> None:
    assert ascii_host(host) == expected
