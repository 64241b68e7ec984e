"""Search: words, verbs, spellings, filters, reasons."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httptask.catalog import Catalog
from httptask.catalog.search import query as query_module
from httptask.catalog.search.features import head_noun
from httptask.catalog.search.query import understand
from httptask.catalog.search.synonyms import ACCEPTED, ACTIONS, METHODS
from httptask.catalog.search.words import edits, split, stem, terms
from httptask.errors import CatalogError

pytestmark = pytest.mark.xdist_group("search")

PATHS: dict[str, Any] = {
    "/issues": {
        "post": {"operationId": "createIssue", "summary": "Create an issue"},
        "get": {"operationId": "listIssues", "summary": "List issues"},
    },
    "/issues/{id}": {
        "get": {"summary": "Get an issue"},
        "delete": {"summary": "Delete an issue"},
    },
    "/issues/{id}/comments": {"post": {"summary": "Create a comment on an issue"}},
    "/messages.send": {"post": {"description": "Sends a text to a phone. More."}},
    "/photos": {"post": {"summary": "Upload a photo"}},
}


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory, describe: Any) -> Iterator[Catalog]:
    """Two APIs of the same operations."""
    folder = tmp_path_factory.mktemp("search")
    for brand in ("Trackly", "Other"):
        document = describe(
            PATHS,
            info={"title": f"{brand} API", "version": "1"},
            servers=[{"url": f"https://api.{brand.lower()}.example"}],
        )
        path: Path = folder / f"{brand}.json"
        path.write_text(json.dumps(document), "utf-8")
    with Catalog.open(folder / "catalog") as opened:
        opened.add(folder)
        yield opened


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("create issue", "post-issues"),
        ("createIssue", "post-issues"),
        ("create-issue", "post-issues"),
        ("createissue", "post-issues"),
        ("creating issues", "post-issues"),
        ("creat isue", "post-issues"),
        ("file a new issue", "post-issues"),
        ("open ticket", "post-issues"),
        ("list issues", "get-issues"),
        ("show all the issues", "get-issues"),
        ("remove issue", "delete-issues-id"),
        ("delete an isseu", "delete-issues-id"),
        ("get issue", "get-issues-id"),
        ("comment on an issue", "post-issues-id-comments"),
        ("/issues/{id}/comments", "post-issues-id-comments"),
        ("send sms", "post-messages-send"),
        ("upload picture", "post-photos"),
        ("throw an issue away", "delete-issues-id"),
        ("let somebody know by text", "post-messages-send"),
        ("trackly comment issue", "post-issues-id-comments"),
        ("could someone please just list every issue", "get-issues"),
    ],
)
def test_the_first_hit_is_right(catalog: Catalog, query: str, expected: str) -> None:
    assert catalog.search(query)[0].id.partition("/")[2] == expected


def test_the_name_of_an_api_decides(catalog: Catalog) -> None:
    for brand in ("trackly", "other"):
        assert catalog.search(f"create {brand} issue")[0].api == f"{brand}-api"
    assert catalog.search("track ly issue create")[0].api == "trackly-api"


def test_what_the_named_api_does_not_have_comes_last(catalog: Catalog) -> None:
    hits = catalog.search("trackly create comment")
    assert [hit.api for hit in hits[:2]] == ["trackly-api", "trackly-api"]


@pytest.mark.parametrize(
    ("phrase", "text", "taken"),
    [
        ("turn * off", "turn off the server", ["turn", "off"]),
        ("turn * off", "please turn my old droplet off now", ["turn", "off"]),
        ("turn * off", "turn one two three four five off", []),
        ("put * on hold", "put a call on hold", ["put", "on", "hold"]),
        ("put * on hold", "put a call on the hold", []),
    ],
)
def test_a_phrase_may_have_other_words_in_its_gap(
    phrase: str, text: str, taken: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(query_module, "PHRASES", ((tuple(phrase.split()), ("x",)),))
    query = understand(text, {"x": 1}, 10)
    assert [word.text for word in query.words if "x" in word.variants] == (
        [" ".join(taken)] if taken else []
    )


def test_a_misspelt_word_is_not_cut_in_two() -> None:
    query = understand("playlits", {"play": 90, "lit": 90, "playlist": 90}, 50_000)
    (word,) = query.words
    assert word.variants["playlist"] > word.variants.get("lit", 0)


def test_words_that_stand_apart_are_joined() -> None:
    query = understand("log hours worked", {"worklog": 5}, 50_000)
    assert [word.text for word in query.words if "worklog" in word.variants] == ["log", "worked"]


def test_filters(catalog: Catalog) -> None:
    hits = catalog.search("issue", api="other-api", method="delete")
    assert [hit.id for hit in hits] == ["other-api/delete-issues-id"]
    assert len(catalog.search("issue", limit=3)) == 3


def test_a_hit_says_why(catalog: Catalog) -> None:
    hit = catalog.search("remov isue")[0]
    assert hit.why[0] == "'remov' as 'delete' in summary or operation id"
    assert hit.why[1] == "'isue' read as 'issue' in the path"
    assert hit.why[2] == "method DELETE"
    row = hit.to_json()
    assert {"id", "api", "method", "path", "source", "title", "summary", "score", "why"} < set(row)
    assert json.loads(json.dumps(row)) == row


def test_an_operation_without_summary_has_its_first_sentence(catalog: Catalog) -> None:
    assert catalog.search("messages send")[0].summary == "Sends a text to a phone."


def test_words_are_taken_literally_without_synonyms(catalog: Catalog) -> None:
    assert catalog.search("picture") != []
    assert catalog.search("picture", synonyms=False) == []


@pytest.mark.parametrize("query", ["", "   ", "?!", "the of", "\x00", "a" * 5000, "x " * 500])
def test_odd_queries_have_hits(catalog: Catalog, query: str) -> None:
    assert isinstance(catalog.search(query), list)


@given(st.text(max_size=40))
def test_any_text_is_split_into_lower_case_words(text: str) -> None:
    assert all(word and word == word.lower() for word in split(text))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("createIssue", ["create", "issue"]),
        ("HTTPServerError", ["http", "server", "error"]),
        ("/repos/{owner}/issues", ["repos", "owner", "issues"]),
        ("snake_case-kebab.dot v2", ["snake", "case", "kebab", "dot", "v", "2"]),
    ],
)
def test_identifiers_are_split(text: str, words: list[str]) -> None:
    assert split(text) == words


@pytest.mark.parametrize(
    "words",
    [
        ["create", "creates", "created", "creating"],
        ["issue", "issues"],
        ["copy", "copies", "copied", "copying"],
        ["batch", "batches"],
        ["message", "messages", "messaging"],
        ["run", "runs", "running"],
        ["transcribe", "transcribes", "transcribed"],
        ["authorise", "authorize"],
        ["address", "addresses"],
        ["status"],
    ],
)
def test_forms_of_a_word_share_a_stem(words: list[str]) -> None:
    assert len({stem(word) for word in words}) == 1


def test_words_that_differ_keep_their_stems_apart() -> None:
    words = ["user", "use", "image", "imagine", "charge", "channel", "process", "process"]
    assert len({stem(word) for word in words}) == 7


def test_terms_leave_stop_words_out() -> None:
    assert terms("the list of the issues") == ("list", "issu")


@pytest.mark.parametrize("typo", ["isue", "isssue", "isuse", "ixsue"])
def test_one_edit_reaches_the_word(typo: str) -> None:
    assert "issue" in set(edits(typo))


def test_every_action_has_methods_and_accepts_itself() -> None:
    for action in set(ACTIONS.values()):
        assert METHODS[action]
        assert action in ACCEPTED[action]


@pytest.mark.parametrize(
    ("summary", "noun"),
    [
        ("Upload file", "file"),
        ("Create upload session for existing file", "session"),
        ("Lists all channels in a team", "channel"),
        ("createIssue", "issue"),
        ("The weather of today", "weather"),
        ("", ""),
    ],
)
def test_the_noun_that_an_operation_is_about(summary: str, noun: str) -> None:
    assert head_noun(summary) == stem(noun)


def test_words_are_found_by_their_first_letters() -> None:
    query = understand("purge the content delivery network", {"cdn": 2, "purg": 9}, 50_000)
    assert {word.text for word in query.words if "cdn" in word.variants} == {
        "content",
        "delivery",
        "network",
    }


def test_no_initials_that_begin_or_end_with_a_filler() -> None:
    query = understand("in the calm delta", {"icd": 3, "itc": 3}, 50_000)
    assert not any({"icd", "itc"} & set(word.variants) for word in query.words)


def test_an_api_that_is_not_there_is_told(catalog: Catalog) -> None:
    with pytest.raises(CatalogError) as caught:
        catalog.search("anything", api="nope")
    assert caught.value.code == "api_unknown"
