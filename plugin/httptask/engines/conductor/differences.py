"""Where httptask behaves differently from the HTTP task that is built into Conductor OSS, and why.

The table is written by hand; the compatibility suite proves it against every recorded case: what
differs without being named here fails the tests. ``docs/differences.md`` is made from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Difference:
    """One group of differences.

    Attributes:
        id: stable name.
        title: the difference in a few words.
        builtin: what the built-in task does.
        ours: what httptask does.
        why: the reason.
    """

    id: str
    title: str
    builtin: str
    ours: str
    why: str


DIFFERENCES: Final = (
    Difference(
        "structured-errors",
        "A failure keeps the response's structure",
        "`output.response` of a failed task is a text; status, headers and body are lost. A reason "
        "begins with `Failed to invoke HTTP task due to: java.lang.Exception: `.",
        "`output.response` has the same four fields for every outcome; without a response "
        "`statusCode` is null. The reason of a status is the same text without that beginning, "
        "with at most 2,000 characters of the body; without a response it is in our own words.",
        "Later tasks decide on a status code; users asked for it for years.",
    ),
    Difference(
        "checked-input",
        "A wrong input fails at once, and terminally",
        "Some wrong types leave the task SCHEDULED for an hour; others fail and are retried, and "
        "some are changed silently: line breaks in headers become blanks, letters that a charset "
        "lacks `?`, objects Java text, unknown keys nothing. Objects become XML or CBOR by "
        "content type.",
        "FAILED_WITH_TERMINAL_ERROR before anything is sent, with a pointer to the field. "
        "An object is a body for JSON only; forms have `httptask.form` and `multipart`.",
        "The definition has to be corrected, and a retry cannot do it.",
    ),
    Difference(
        "charsets",
        "UTF-8 unless something else is said",
        "Texts without a charset are written and read as Latin-1; UTF-16 is written with the high "
        "byte first; an object as JSON in another charset is refused.",
        "UTF-8, in requests and responses; another charset where the content type, or an XML or "
        "HTML document, names it; windows-1252 for one that is not UTF-8, and as `iso-8859-1`.",
        "It is what services send; letters survive.",
    ),
    Difference(
        "whole-response",
        "A response is read whole, by its media type, and its numbers keep their digits",
        "The first JSON value of any text counts: `42 apples` is 42.0, JSON lines their first "
        "record; top-level numbers become floating point, `true` and `null` texts; comments and "
        "bare control characters pass. Decimals are doubles, written as Java writes them: `1.10` "
        "becomes `1.1`, `1e3` `1000.0`, `12345678.9` in a text `1.23456789E7`, `1e400` `Infinity`.",
        "JSON by media type (and texts that are a whole object or list), kinds kept, JSON lines "
        "and event streams as lists, in reasons too; what is not JSON fails the task. A number is "
        "written as it was read, in requests, outputs and texts; functions of paths, scripts and "
        "jq compute in doubles.",
        "No digits of an id and no cents are lost; part of a response never counts as the whole.",
    ),
    Difference(
        "binary-files",
        "Binary responses are files",
        "Bytes are read as Latin-1 text into the output, and as broken UTF-8 into a reason.",
        "Stored under their SHA-256; the output has `{path, sha256, size, mediaType}`, a reason "
        "only size and type.",
        "An image survives, and the engine's store stays small.",
    ),
    Difference(
        "lenient-responses",
        "An odd status or media type does not fail a task",
        "Statuses without a name in a list (299, 600), malformed media types and unknown charsets "
        "fail with a Java error, in responses and in `accept`, and so does an object as "
        "`text/json`; a 3xx that is not followed has no body.",
        "Every 2xx completes, every other status fails with its body; a media type that cannot "
        "be read counts as none, an unknown charset as well; `accept` is sent as it is written.",
        "The service responded; the task should say what.",
    ),
    Difference(
        "no-hidden-resend",
        "Nothing is sent twice unasked",
        "429 and 503 are sent again once, POST included; broken connections for idempotent "
        "methods.",
        "One attempt, unless `httptask.retry` or the engine's retry asks for more; a POST is "
        "repeated only when the author says that it may be.",
        "An order must not be placed twice.",
    ),
    Difference(
        "headers-as-written",
        "Headers are sent and shown as they are written",
        "`Accept` and `Content-Type` in `headers` are added as second lines; a list becomes "
        "`[a, b]`, 1e20 `1.0E20`; `Content-Length` cuts the body; media types are rewritten: "
        "small letters, no blanks; blanks at the end of a value are sent; a response's "
        "`Content-Encoding` disappears.",
        "They replace the default; a list is one line for each value; lengths are ours; blanks "
        "around a value are not part of it; nothing else is rewritten or hidden.",
        "What is written is what is sent.",
    ),
    Difference(
        "type-with-a-body",
        "A Content-Type is sent with a body only",
        "`Content-Type: application/json` is sent without a body as well.",
        "Without a body, `Content-Type` is sent only if `headers` has it.",
        "Servers that look for the JSON of that type respond with 400.",
    ),
    Difference(
        "any-method",
        "Any method is sent",
        "Eight methods, in capitals; another one fails: `Invalid HTTP method`.",
        "WebDAV's, QUERY and any other token; known ones in capitals, others as they are written. "
        "`CONNECT` and `PRI` are refused.",
        "Services have their own.",
    ),
    Difference(
        "redirects",
        "Redirects keep harmless headers and lose secret ones",
        "POST to GET drops every header; a cross-host redirect with `Authorization` or `Cookie` "
        "is not followed, but `X-Api-Key` goes along; up to 50 hops. A reason names the first "
        "address. A `Location` with a blank fails, an empty one leads to `/`, letters are sent as "
        "they come.",
        "Headers are kept within the origin, and credentials never leave it; 10 hops, or "
        "`httptask.redirects`. A reason names the address that responded. A `Location` is "
        "percent-encoded byte by byte; an empty one is a loop.",
        "A redirect must not carry secrets off.",
    ),
    Difference(
        "addresses-as-written",
        "What is encoded already is not encoded again",
        "`%20` becomes `%2520`, `//` becomes `/`, an `=` within a value `%3D`, empty parts of a "
        "query nothing; `{name}`, blanks in front, international hosts and a stray `%` in a path "
        "fail; blanks around a part of a path are dropped, one behind a query is sent; "
        "`encode: false` is ignored. A reason names the address as it is written.",
        "Valid escapes stay; other letters are encoded; `{name}` is filled in from "
        "`httptask.path`, other braces are encoded; `encode: false` sends the text as it is; "
        "blanks around it are dropped. A reason names the address as it is requested: with `/` "
        "behind a bare host, without a fragment.",
        "Addresses copied from documentation work.",
    ),
    Difference(
        "nulls",
        "Null counts as absent",
        "An explicit null or empty timeout means 100 or 150 ms; a null `headers` or `contentType` "
        "fails with a Java error.",
        "The default, as when it is absent.",
        "Nobody writes null to mean a tenth of a second, or a failure.",
    ),
    Difference(
        "expressions",
        "Expressions read neither the server's environment nor secrets that were not written",
        "`${PATH}` and `${java.version}` resolve; placeholders of secrets that arrive as data "
        "resolve, and so does `$${workflow.secrets.X}`; a missing secret is an empty text; an "
        "unknown start is refused when a workflow is registered; names of headers are compared "
        "with case, so that `${ref.output.response.headers.ETag}` is null where a server writes "
        "`etag`; a value goes into an XML text as it is.",
        "Only `workflow.env`; data stays data; a missing secret fails the task; an unknown start "
        "is null, and `httptask check` says so; names of headers are compared without case; in "
        "a text body of an XML type values are escaped.",
        "Whoever may start a workflow must not read the server's secrets; HTTP compares names so; "
        "data never becomes markup.",
    ),
    Difference(
        "additions",
        "Everything under `httptask`, and what Orkes added",
        "Ignored: authentication, forms, files, retries, outputs, schemas, deadlines; "
        "`acceptedStatusCodes`, `outputFilter` and `encode` as well.",
        "Works.",
        "It is what httptask is for.",
    ),
)
"""The groups; at most fifteen."""

BY_ID: Final[Mapping[str, Difference]] = {group.id: group for group in DIFFERENCES}


_HEAD: Final = """\
# Differences from Conductor's built-in HTTP task

Every recorded behaviour of the built-in HTTP task (Conductor OSS 3.32.3) is run against httptask;
a case is the same, or falls into one of these groups. `httptask check --target conductor-oss` warns
where a definition depends on one. Made from `plugin/httptask/engines/conductor/differences.py`.
"""


def document() -> str:
    """Return ``docs/differences.md``."""
    lines = [_HEAD, ""]
    for group in DIFFERENCES:
        lines += [
            f"## {group.title}",
            "",
            f"`{group.id}`",
            "",
            f"- **Built in:** {group.builtin}",
            f"- **httptask:** {group.ours}",
            f"- **Why:** {group.why}",
            "",
        ]
    return "\n".join(lines)
