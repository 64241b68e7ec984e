"""A cookie that a task maps is a secret of its run, and goes back to the origin that set it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from httptask.core.execution import Execution
from httptask.core.result import TaskResult, TaskStatus
from httptask.core.vault import Vault
from httptask.expressions import Context
from httptask.testing import LoopbackServer, Reply
from httptask.testing.tasks import TaskRunner

SID, SHORT = "s3cr%2Bet==longer", "tok"
RUN = Execution("run-1", "login")
PATHS = [
    "$.response.cookies.sid",
    "$.response.cookies['sid']",
    "$['response']['cookies'].sid",
    "$.response.cookies",
    "$.response.cookies.*",
    "$.response.headers['Set-Cookie'][0]",
    "$.response.headers['set-cookie']",
    "$.response.headers",
    "$.response.headers.*",
    "$.response",
    "$",
    "$..*",
    "$..['set-COOKIE'][0]",
    "$.response.headers[?@[0]]",
    "$.response[?@['set-cookie']]",
]


@pytest.fixture
def server(httptask_server: LoopbackServer) -> LoopbackServer:
    lines = (("set-cookie", f"sid={SID}; Path=/; HttpOnly"), ("set-cookie", f"csrf={SHORT}"))
    body = json.dumps({"again": SID, "csrf": "no"}).encode()
    httptask_server.route(
        "/login", lambda _: Reply(200, (("Content-Type", "application/json"), *lines), body)
    )
    return httptask_server


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path / "kept")


def login(
    tasks: TaskRunner, server: LoopbackServer, output: Any, vault: Vault | None, **rest: Any
) -> TaskResult:
    request = {"uri": f"{server.url}/login", "method": "POST", "body": {}, **rest}
    options = {"output": output}
    return tasks.run(
        {"http_request": request, "httptask": options}, ref="login", execution=RUN, vault=vault
    )


def send(
    tasks: TaskRunner,
    uri: str,
    output: Any,
    vault: Vault | None,
    execution: Execution = RUN,
    **inputs: Any,
) -> TaskResult:
    context = Context.build(tasks={"login": {"output": output}})
    request = {"uri": uri, "method": "GET", **inputs.pop("request", {})}
    return tasks.run(
        {"http_request": request, "httptask": inputs}, context, execution=execution, vault=vault
    )


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("kept", [True, False])
def test_no_path_shows_a_cookie(
    httptask_tasks: TaskRunner, server: LoopbackServer, vault: Vault, path: str, kept: bool
) -> None:
    output = {"one": path, "all": {"path": path, "all": True}}
    result = login(httptask_tasks, server, output, vault if kept else None)
    assert result.status is TaskStatus.COMPLETED
    assert {"one", "all"} <= result.output.keys()
    assert result.masked
    assert result.trace is not None
    for text in (json.dumps(result.output), json.dumps(result.trace.to_json())):
        assert SID not in text
        assert f"csrf={SHORT}" not in text
    assert "***" in json.dumps(result.trace.output)
    if not kept:
        assert result.output == result.trace.output


def test_what_is_not_mapped_is_as_the_server_sent_it(
    httptask_tasks: TaskRunner, server: LoopbackServer, vault: Vault, tmp_path: Path
) -> None:
    result = login(httptask_tasks, server, {"csrf": "$.response.body.csrf"}, vault)
    assert len(result.output["response"]["headers"]["set-cookie"]) == 2
    assert not (tmp_path / "kept").exists()
    assert not result.masked


@pytest.mark.parametrize(("name", "value"), [("sid", SID), ("csrf", SHORT)])
def test_a_later_task_of_the_run_sends_it(
    httptask_tasks: TaskRunner, server: LoopbackServer, vault: Vault, name: str, value: str
) -> None:
    output = login(httptask_tasks, server, {"it": f"$.response.cookies.{name}"}, vault).output
    assert value not in json.dumps(output["it"])
    uri = f"{server.url}/echo"
    result = send(httptask_tasks, uri, output, vault, cookies={name: "${login.output.it}"})
    assert result.status is TaskStatus.COMPLETED
    assert server.requests[-1].header("Cookie") == f"{name}={value}"
    headers = {"headers": {"Cookie": f"a=1; {name}=${{login.output.it}}"}}
    again = send(httptask_tasks, uri, output, vault, request=headers)
    assert server.requests[-1].header("Cookie") == f"a=1; {name}={value}"
    for each in (result, again):
        assert each.trace is not None
        shown = json.dumps([each.trace.to_json(), each.output])
        assert f"{name}={value}" not in shown or name == "csrf"
        assert SID not in shown


def test_it_goes_to_no_other_origin(
    httptask_tasks: TaskRunner,
    server: LoopbackServer,
    httptask_other_server: LoopbackServer,
    vault: Vault,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    output = login(httptask_tasks, server, {"sid": "$.response.cookies.sid"}, vault).output
    uri = f"{httptask_other_server.url}/echo"
    places: list[dict[str, Any]] = [
        {"cookies": {"sid": "${login.output.sid}"}},
        {"query": {"q": "x ${login.output.sid} y"}},
        {"request": {"headers": {"X": ["${login.output.sid}"]}}},
        {"request": {"method": "POST", "body": {"deep": [{"a": "${login.output.sid}"}]}}},
        {"auth": {"type": "bearer", "token": "${login.output.sid}"}},
    ]
    for place in places:
        result = send(httptask_tasks, uri, output, vault, **place)
        assert result.error is not None
        assert result.error.code == "secret_origin_refused"
        assert SID not in result.reason
    assert httptask_other_server.requests == []


def test_two_cookies_of_two_origins_are_each_bound(
    httptask_tasks: TaskRunner,
    server: LoopbackServer,
    httptask_other_server: LoopbackServer,
    vault: Vault,
) -> None:
    httptask_other_server.route("/login", lambda _: Reply(200, (("Set-Cookie", "sid=other"),)))
    mapped = {"sid": "$.response.cookies.sid"}
    first = login(httptask_tasks, server, mapped, vault).output["sid"]
    second = login(httptask_tasks, httptask_other_server, mapped, vault).output["sid"]
    for uri in (server.url, httptask_other_server.url):
        result = send(
            httptask_tasks,
            f"{uri}/echo",
            {"a": first, "b": second},
            vault,
            cookies={"a": "${login.output.a}", "b": "${login.output.b}"},
        )
        assert result.error is not None
        assert result.error.code == "secret_origin_refused"


@pytest.mark.parametrize("with_vault", [True, False])
def test_elsewhere_it_is_missing(
    httptask_tasks: TaskRunner, server: LoopbackServer, vault: Vault, with_vault: bool
) -> None:
    output = login(httptask_tasks, server, {"sid": "$.response.cookies.sid"}, vault).output
    result = send(
        httptask_tasks,
        f"{server.url}/echo",
        output,
        vault if with_vault else None,
        Execution("another run", "t"),
        cookies={"sid": "${login.output.sid}"},
    )
    assert result.status is TaskStatus.FAILED_WITH_TERMINAL_ERROR
    assert result.error is not None
    assert result.error.code == "cookie_missing"


def test_it_is_not_a_file(httptask_tasks: TaskRunner, server: LoopbackServer, vault: Vault) -> None:
    output = {"sid": {"path": "$.response.cookies.sid", "as": "file"}}
    result = login(httptask_tasks, server, output, vault)
    assert result.error is not None
    assert "which is secret" in result.error.message
    assert SID not in json.dumps(result.output)


def test_a_filter_of_the_output_gives_no_way_around(
    httptask_tasks: TaskRunner, server: LoopbackServer, vault: Vault
) -> None:
    filtered = {"mine": "s=$${login.output.sid}", "lines": "$${login.output.response.headers}"}
    result = login(
        httptask_tasks, server, {"sid": "$.response.cookies.sid"}, vault, outputFilter=filtered
    )
    assert result.status is TaskStatus.COMPLETED
    assert SID not in json.dumps(result.output)
    send(httptask_tasks, f"{server.url}/echo?{{q}}", result.output, vault, path={"q": "1"},
         request={"headers": {"X": "${login.output.mine}"}})  # fmt: skip
    assert server.requests[-1].header("X") == f"s={SID}"


def test_location_and_links(httptask_tasks: TaskRunner, httptask_server: LoopbackServer) -> None:
    lines = (("location", "../jobs/7?a=b c"), ("LINK", '<?page=2>; rel="next"'))
    httptask_server.route("/v1/jobs", lambda _: Reply(201, lines))
    output = {
        "at": "$.response.location",
        "next": "$.response.links.next",
        "none": {"path": "$.response.links.prev", "default": None},
        "whole": "$.response",
    }
    request = {"uri": f"{httptask_server.url}/v1/jobs", "method": "POST"}
    result = httptask_tasks.run({"http_request": request, "httptask": {"output": output}})
    assert result.output["at"] == f"{httptask_server.url}/jobs/7?a=b%20c"
    assert result.output["next"] == f"{httptask_server.url}/v1/jobs?page=2"
    assert result.output["none"] is None
    assert list(result.output["whole"]) == ["statusCode", "reasonPhrase", "headers", "body"]
    assert result.output["response"]["headers"]["LINK"] == ['<?page=2>; rel="next"']


def test_a_handle_that_arrives_as_input_stays_text(
    httptask_tasks: TaskRunner, server: LoopbackServer, vault: Vault
) -> None:
    handle = login(httptask_tasks, server, {"sid": "$.response.cookies.sid"}, vault).output["sid"]
    request = {
        "uri": f"{server.url}/echo",
        "method": "GET",
        "headers": {"X": "${workflow.input.x}"},
    }
    context = Context.build(input={"x": handle})
    httptask_tasks.run({"http_request": request}, context, execution=RUN, vault=vault)
    assert server.requests[-1].header("X") == handle
