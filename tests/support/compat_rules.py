"""When a group of differences applies to a recorded case, and what it explains."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from compat_cases import Case, differing, worded

from httptask.core.digits import Number
from httptask.core.sensitive import SENSITIVE_HEADERS
from httptask.engines.conductor.target import differences_for

RESPONSE = {"response.statusCode", "response.reasonPhrase", "response.headers", "response.body"}
OUTCOME = {"status", "reason", "shape", "count", *RESPONSE}
SHOWN = 2000  # characters of a body in our reasons
ADDRESS = r'request for "[^"]*"'
REASON_COMPARED = 400  # less than the server's interface shows


# Codes of docs/errors.md for a definition or an input that is wrong, found before anything is sent.
REFUSED = {
    "missing_key", "wrong_type", "wrong_value", "unknown_key", "unknown_kind", "field_refused",
    "definition_invalid", "rule_conflict", "input_invalid", "template_invalid",
    "path_value_missing", "path_value_climbs", "userinfo_refused", "header_name_invalid",
    "header_value_invalid", "body_type_mismatch", "expression_invalid",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rule:
    """When a group applies to a case, which aspects it explains, and whether they must differ."""

    applies: Callable[[Case], bool]
    explains: frozenset[str]
    always: bool


def rule(applies: Callable[[Case], bool], *explains: str, always: bool = True) -> Rule:
    return Rule(applies, frozenset(explains), always)


def _is_structured(case: Case) -> bool:
    failed = case.theirs.status in ("FAILED", "SCHEDULED")
    return failed and not isinstance(case.theirs.response, Mapping)


def _is_refused(case: Case) -> bool:
    """Tell whether the input is wrong by one of our named rules: then nothing was sent."""
    return case.error in REFUSED and not case.response.get("status")


def _warns(group: str) -> Callable[[Case], bool]:
    """Return the predicate: ``check --target conductor-oss`` warns of the request as written."""

    def applies(case: Case) -> bool:
        if not isinstance(case.request, Mapping):
            return False
        inputs = {"http_request": case.request}
        task = {"name": "t", "taskReferenceName": "t", "type": "HTTP", "inputParameters": inputs}
        codes = {finding.code for finding in differences_for({"tasks": [task]})}
        return f"differs_{group.replace('-', '_')}" in codes

    return applies


def _is_worded_otherwise(case: Case) -> bool:
    """Tell whether no response came, or one whose text is too long for our reasons."""
    failed = case.theirs.status == "FAILED" == case.ours.status
    received = case.response.get("status") and "I/O error on" not in case.theirs.reason
    return failed and (not received or len(case.text) > SHOWN)


def _names_another_address(case: Case) -> bool:
    mine, other = (
        re.sub(ADDRESS, "", worded(text)) for text in (case.ours.reason, case.theirs.reason)
    )
    return mine[:REASON_COMPARED] == other[:REASON_COMPARED] and "request for" in case.ours.reason


def _is_redirected(case: Case) -> bool:
    return len(case.response["hops"]) > 1


def _is_text_of_other_charset(case: Case) -> bool:
    return "charset" not in str(case.response.get("kind")) and not case.text.isascii()


def _is_listed_in_a_reason(case: Case) -> bool:
    listed = case.kind == "text/event-stream" or re.search(r"ndjson$|jsonl(ines)?$", case.kind)
    return bool(listed) and not _has_succeeded(case)


def _has_succeeded(case: Case) -> bool:
    return 200 <= (case.response.get("status") or 0) < 300


def _is_read_otherwise(case: Case) -> bool:
    text = case.text
    if not _has_succeeded(case):
        return False
    whole_json = re.search(r"[/+]json$", case.kind) and text.strip()[:1] in ("{", "[")
    return not whole_json or case.error == "json_invalid"


def _has_digits(value: Any) -> bool:
    """Tell whether a number in a value has other digits than a double has."""
    if isinstance(value, Mapping):
        return any(map(_has_digits, value.values()))
    return any(map(_has_digits, value)) if isinstance(value, list) else isinstance(value, Number)


def _is_binary(case: Case) -> bool:
    text = r"^text/|[/+](json|xml|x-www-form-urlencoded|x-ndjson|javascript|(x-)?yaml|graphql)$"
    listed = r"^application/(jsonl|ndjson|x-jsonlines)$"
    typed = "/" in case.kind and re.search(f"{text}|{listed}", case.kind) is None
    return typed and bool(case.text)


def _is_lenient(case: Case) -> bool:
    java = r"No matching constant|mime ?type|[Mm]edia ?[Tt]ype|[Cc]harset"
    refused = re.search(java, case.theirs.reason) is not None
    unfollowed = case.theirs.reason.startswith("No response from")
    return case.theirs.status == "FAILED" and (refused or unfollowed)


def _is_sent_again(case: Case) -> bool:
    broken = case.error == "connection_broken" and case.given("method") not in ("POST", "PATCH")
    return case.response.get("status") in (429, 503) or broken


def _sends_no_body(case: Case) -> bool:
    return any(not request.body for request in case.ours.requests or ())


def _has_such_headers(case: Case) -> bool:
    headers = case.given("headers")
    names = {str(name).lower() for name in headers} if isinstance(headers, Mapping) else set()
    cuts = "content-length" in names and case.given("body") is not None
    return cuts or "content-encoding" in case.response.get("headers", ())


def _redirects(case: Case) -> bool:
    hops, method = case.response["hops"], case.given("method")
    followed = {status for _, status, _ in hops[:-1]}
    posted = method == "POST" and followed & {301, 302, 303}
    turned = method not in ("GET", "HEAD") and 303 in followed
    names = {str(name).lower() for name in case.given("headers") or ()}
    crossed = len({origin for origin, _, _ in hops}) > 1 and names & SENSITIVE_HEADERS
    refused = case.error in ("redirect_loop", "redirect_limit", "redirect_invalid")
    odd = any(" " in location or not location.isascii() for _, _, location in hops)
    return bool(posted or turned or crossed or refused or odd)


def _has_such_expressions(case: Case) -> bool:
    """Tell whether a secret is named, or something that is neither a workflow's nor a task's.

    A secret may be named in the workflow's input as well.
    """
    known = r"workflow\.(input|variables|output|env)\b|\w+\.(input|output)\b"
    named = re.search(rf"\$\{{(?!{known})", json.dumps(case.request)) is not None
    return named or "${workflow.secrets." in json.dumps(case.data)


# The groups of one case: more than one rule may stand for a group.
RULES: tuple[tuple[str, Rule], ...] = (
    ("structured-errors", rule(_is_structured, "shape")),
    ("structured-errors", rule(_is_worded_otherwise, "reason")),
    ("checked-input", rule(_is_refused, *OUTCOME)),
    ("charsets", rule(_warns("charsets"), "body", *OUTCOME)),
    (
        "charsets",
        rule(_is_text_of_other_charset, "reason", "response.body", always=False),
    ),
    ("whole-response", rule(_is_read_otherwise, "reason", "response.body", "status", always=False)),
    ("whole-response", rule(_is_listed_in_a_reason, "reason")),
    ("whole-response", rule(lambda case: _has_digits(case.ours.response), "response.body")),
    ("binary-files", rule(_is_binary, "reason", "response.body")),
    ("lenient-responses", rule(_is_lenient, *OUTCOME)),
    ("lenient-responses", rule(_warns("lenient-responses"), *OUTCOME)),
    ("no-hidden-resend", rule(_is_sent_again, *OUTCOME)),
    ("headers-as-written", rule(_warns("headers-as-written"), "headers")),
    ("type-with-a-body", rule(_sends_no_body, "type", always=False)),
    ("headers-as-written", rule(_has_such_headers, "headers", "body", "response.headers")),
    ("any-method", rule(_warns("any-method"), *OUTCOME)),
    ("redirects", rule(_redirects, "headers", "method", "target", *OUTCOME)),
    ("redirects", rule(lambda c: _is_redirected(c) and _names_another_address(c), "reason")),
    ("addresses-as-written", rule(_warns("addresses-as-written"), "target", *OUTCOME)),
    ("addresses-as-written", rule(_names_another_address, "reason", always=False)),
    (
        "addresses-as-written",
        rule(lambda case: case.given("encode") is not None, "target", *OUTCOME, always=False),
    ),
    ("nulls", rule(_warns("nulls"), *OUTCOME, always=False)),
    ("expressions", rule(_has_such_expressions, "body", "headers", *OUTCOME)),
)


def groups_of(case: Case) -> tuple[set[str], set[str]]:
    """Return the groups of a case, and the differences that none explains."""
    found, groups, explained = differing(case), set(), set[str]()
    for name, each in RULES:
        if found & each.explains and each.applies(case):
            groups.add(name)
            explained |= each.explains
    return groups, found - explained
