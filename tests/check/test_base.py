"""What the check says of addresses that a response gave, and of ``httptask.base``."""

from __future__ import annotations

from typing import Any

import pytest

from httptask.check import check_workflow
from httptask.definition.findings import Finding
from httptask.definition.loader import load_workflow


def http(ref: str, **inputs: Any) -> dict[str, Any]:
    request = {"uri": "https://api.example.com/", "method": "GET", **inputs.pop("request", {})}
    return {
        "name": ref,
        "taskReferenceName": ref,
        "type": "HTTP",
        "inputParameters": {"http_request": request, "httptask": inputs},
    }


def check(*tasks: dict[str, Any]) -> list[Finding]:
    return check_workflow(load_workflow({"name": "w", "tasks": list(tasks)}))


def only(findings: list[Finding], code: str) -> Finding:
    (found,) = [finding for finding in findings if finding.code == code]
    return found


def test_a_base_has_the_rights_of_a_literal_address() -> None:
    auth = {"type": "bearer", "token": "${workflow.secrets.KEY}"}
    first = http("first", output={"at": "$.response.location"})
    uri = {"uri": "${first.output.at}"}
    assert (
        check(first, http("second", request=uri, auth=auth, base="https://api.example.com")) == []
    )
    found = only(check(first, http("second", request=uri, auth=auth)), "secret_origin_unknown")
    assert "httptask.base" in found.hint
    base = "http://127.0.0.1:8080/a"
    found = only(check(first, http("second", request=uri, base=base)), "origin_not_public")
    assert found.pointer == "/tasks/1/inputParameters/httptask/base"


@pytest.mark.parametrize(
    ("uri", "base", "code", "field"),
    [
        ("/v1/jobs", "https://api.example.com", None, ""),
        ("/v1/jobs/1", "https://api.example.com/v1/${workflow.input.x}/", None, ""),
        ("https://other.example/", "https://api.example.com", "base_left", "http_request/uri"),
        ("/v1", "api.example.com", "input_invalid", "http_request/uri"),
        ("https://api.example.com/", "ftp://api.example.com", "input_invalid", "httptask/base"),
        ("/v1/jobs", None, "input_invalid", "http_request/uri"),
    ],
)
def test_a_base_and_an_address(uri: str, base: str | None, code: str | None, field: str) -> None:
    given = {"base": base} if base else {}
    findings = check(http("first", request={"uri": uri}, **given))
    assert [finding.code for finding in findings] == ([code] if code else [])
    assert [finding.pointer for finding in findings] == (
        [f"/tasks/0/inputParameters/{field}"] if code else []
    )


@pytest.mark.parametrize("name", ["Location", "location"])
def test_a_location_as_it_came_may_be_relative(name: str) -> None:
    uri = f"${{first.output.response.headers.{name}[0]}}"
    found = only(check(http("first"), http("second", request={"uri": uri})), "location_unresolved")
    assert "$.response.location in first" in found.hint
    assert "httptask.base" in found.hint
    based = http("second", request={"uri": uri}, base="https://api.example.com")
    assert check(http("first"), based) == []
