"""What reaches a terminal: colours when they are wanted, never what a server sends it."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from httptask.testing import LoopbackServer, Reply, event_stream, json_reply, text_reply

ESCAPES = (
    "\x1b]0;owned\x07\x1b[2J\x1b[31mred\x9b2J\x7f\u202egnp.exe\r\b\u200e\u200f\u061c\u200b\ufeff"
)
EVENT = f"event: {ESCAPES[:-3]}\ndata: {ESCAPES[:-3]}\n\n"
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
CURSOR = re.compile(r"\r(\x1b\[K|\x1b\[\?25l)|\x1b\[\?25h")


@pytest.fixture
def terminal() -> Any:
    """Run the installed script on a terminal; return its exit code and all that it wrote."""
    from pathlib import Path

    script = Path(sys.executable).with_name("httptask")

    def run(*arguments: str, env: Mapping[str, str] | None = None) -> tuple[int, str]:
        ours, theirs = pty.openpty()
        process = subprocess.Popen(
            [str(script), *arguments],
            stdin=theirs, stdout=theirs, stderr=theirs,
            env={**os.environ, "TERM": "xterm", **(env or {})},
        )  # fmt: skip
        os.close(theirs)
        seen = b""
        try:
            while chunk := os.read(ours, 65536):
                seen += chunk
        except OSError:
            pass
        os.close(ours)
        return process.wait(timeout=60), seen.decode()

    return run


@pytest.fixture
def hostile() -> Any:
    """Serve escapes in every place that is shown."""
    headers = (("Content-Type", "application/json"), ("X-Note", "a\x1b[2Jb"))
    routes = {
        "/json": lambda request: json_reply({ESCAPES: ESCAPES}, headers=headers),
        "/text": lambda request: text_reply(ESCAPES),
        "/reason": lambda request: Reply(500, (), ESCAPES.encode(), reason="No\x1b[2J way"),
        "/events": lambda request: event_stream([EVENT]),
        "/name": lambda request: Reply(
            200,
            (
                ("Content-Type", "image/\x1b[2Jpng"),
                ("Content-Disposition", 'x; filename="\x1b[2J"'),
            ),
            b"\x89PNG",
        ),
    }
    with LoopbackServer(routes) as server:
        yield server


def _harmless(seen: str) -> None:
    left = CURSOR.sub("", COLOUR.sub("", seen)).replace("\r\n", "\n")
    assert not re.search(
        r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u200b\u200e\u200f\u061c\ufeff]", left
    ), repr(left)


def test_colour_only_on_a_terminal(terminal: Any, command: Any, write: Any, task: Any) -> None:
    write("task.json", task("https://example.com"))
    code, seen = terminal("check", "task.json")
    assert code == 0
    assert COLOUR.search(seen)
    assert "\x1b" not in command("check", "task.json").out


@pytest.mark.parametrize("env", [{"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=str)
def test_no_colour_when_it_is_not_wanted(
    terminal: Any, write: Any, task: Any, env: dict[str, str]
) -> None:
    write("task.json", task("https://example.com"))
    _, seen = terminal("check", "task.json", env=env)
    assert "\x1b" not in seen
    assert "no findings" in seen


@pytest.mark.parametrize(
    ("env", "coloured"),
    [
        ({"FORCE_COLOR": "1"}, True),
        ({"FORCE_COLOR": "1", "TERM": "dumb"}, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        ({"FORCE_COLOR": ""}, False),
    ],
    ids=str,
)
def test_colour_in_a_pipe_when_it_is_forced(
    command: Any, write: Any, task: Any, env: dict[str, str], coloured: bool
) -> None:
    write("task.json", task("https://example.com"))
    write("mock.json", {"body": {"a": 1}})
    for arguments in (["check", "task.json"], ["test", "task.json", "--mock", "mock.json"]):
        assert bool(COLOUR.search(command(*arguments, env=env).out)) is coloured
    assert "\x1b" not in command("check", "task.json", "--json", env=env).out


def test_a_dumb_terminal_gets_no_control_characters(
    terminal: Any, httptask_server: LoopbackServer, write: Any, task: Any, flow: Any
) -> None:
    retry = {"retry": {"maxAttempts": 2, "initialDelayMs": 1}}
    write("flow.json", flow(task(f"{httptask_server.url}/status/503", "a", httptask=retry)))
    code, seen = terminal("run", "flow.json", env={"TERM": "dumb"})
    assert code == 1
    assert "before attempt 2 of 2" in seen
    assert "\x1b" not in seen
    assert "\r" not in seen.replace("\r\n", "")


@pytest.mark.parametrize("width", [60, 80, 120])
def test_values_and_waits_fit_the_terminal(
    terminal: Any, httptask_server: LoopbackServer, write: Any, task: Any, flow: Any, width: int
) -> None:
    url = httptask_server.url
    retry = {"retry": {"maxAttempts": 2, "initialDelayMs": 1}}
    tasks = [
        task(f"{url}/echo", "first", "POST", body={"text": "long " * 200}),
        task(f"{url}/status/503", "second", httptask=retry),
    ]
    write("flow.json", flow(*tasks, outputParameters={"all": "${first.output}"}))
    code, seen = terminal("run", "flow.json", "--id", "r", env={"COLUMNS": str(width)})
    assert code == 1
    lines = COLOUR.sub("", CURSOR.sub("", seen)).replace("\r\n", "\n").split("\n")
    (waits,) = [line for line in lines if " waits " in line]
    (output,) = [line for line in lines if line.startswith("  output")]
    assert len(waits[waits.rindex("·") :]) <= width
    assert len(output) == width
    assert sum("503 Service Unavailable on" in line for line in lines if line != waits) == 1
    assert "  reason  second failed" in lines


def test_json_on_a_terminal_has_no_colour(terminal: Any) -> None:
    _, seen = terminal("plugins", "--json")
    assert "\x1b" not in seen


@pytest.mark.parametrize("path", ["json", "text", "reason", "events", "name"])
def test_a_server_does_not_control_the_terminal(
    terminal: Any, hostile: LoopbackServer, write: Any, task: Any, path: str
) -> None:
    output = {"out": {"path": "$.response.body", "default": None}}
    write("task.json", task(f"{hostile.url}/{path}", httptask={"output": output}))
    _, seen = terminal("test", "task.json", "-v", "--level", "trace")
    assert len(hostile.requests) == 1
    _harmless(seen)
    _, seen = terminal("test", "task.json", "--json")
    _harmless(seen)


def test_a_run_of_hostile_responses_is_harmless(
    terminal: Any, hostile: LoopbackServer, write: Any, task: Any, flow: Any
) -> None:
    tasks = [task(f"{hostile.url}/{path}", path) for path in ("json", "name", "reason")]
    write("flow.json", flow(*tasks))
    for arguments in (
        ["run", "flow.json", "--id", "one"],
        ["runs", "show", "one"],
        ["runs", "show", "one", "--json"],
        ["eval", "${json.output.response.body}", "--run", "one"],
        ["eval", "${reason.output.response.body}", "--run", "one"],
    ):
        _, seen = terminal(*arguments)
        _harmless(seen)
        assert "\ufffd" in seen or "u001b" in seen, arguments


def test_arguments_are_harmless_as_well(terminal: Any) -> None:
    for arguments in (["\x1b[2J"], ["test", "\x1b[2J.json"], ["search", "\x1b[2J"]):
        _, seen = terminal(*arguments)
        _harmless(seen)


def test_a_description_does_not_control_the_terminal(terminal: Any, write: Any) -> None:
    operation = {
        "operationId": "evil",
        "summary": ESCAPES,
        "description": f"# {ESCAPES}\n[link](javascript:{ESCAPES})",
        "responses": {"200": {"description": ESCAPES}},
    }
    write(
        "api.json",
        {
            "openapi": "3.0.3",
            "info": {"title": f"Evil {ESCAPES}", "version": ESCAPES},
            "servers": [{"url": "https://api.example.com"}],
            "paths": {"/evil": {"get": operation}},
        },
    )
    code, seen = terminal("catalog", "add", "api.json")
    assert code == 0, seen
    _harmless(seen)
    for arguments in (
        ["catalog", "list"],
        ["search", "evil"],
        ["show", "evil"],
        ["new", "evil"],
        ["catalog", "report"],
    ):
        code, seen = terminal(*arguments)
        assert code == 0, seen
        _harmless(seen)


def test_the_bar_goes_on_from_one_source_to_the_next(terminal: Any, write: Any) -> None:
    Path("all").mkdir()
    for name in ("all/a.json", "all/b.json", "c.json"):
        info = {"title": name, "version": "1"}
        write(name, {"openapi": "3.0.3", "info": info, "paths": {"/a": {"get": {}}}})
    code, seen = terminal("catalog", "add", "all", "c.json")
    assert code == 0
    counts = re.findall(r"(-?\d+)/\d+\b", COLOUR.sub("", seen))
    assert counts[-1] == "3"
    assert "-1" not in counts


def test_progress_is_drawn_on_a_terminal_and_erased(
    terminal: Any, httptask_server: LoopbackServer, write: Any, task: Any, flow: Any, command: Any
) -> None:
    write("flow.json", flow(task(f"{httptask_server.url}/slow?seconds=0.3", "slow")))
    code, seen = terminal("run", "flow.json")
    assert code == 0
    assert "slow …" in COLOUR.sub("", seen)
    assert re.search(r"slow …(\x1b\[0m)?\r\x1b\[K.* slow .*COMPLETED", seen)
    assert "…" not in command("run", "flow.json").err
