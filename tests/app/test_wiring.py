"""What a dry run shows of a task's place in its workflow."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from httptask.cli.app import run

URI = "https://api.example.com/orders/{id}"


def http(ref: str, *, flat: bool = False, **fields: Any) -> dict[str, Any]:
    options = fields.pop("httptask", {})
    request = {"uri": URI, "method": "POST", **fields}
    inputs = request if flat else {"http_request": request}
    inputs = {**inputs, "httptask": {"path": {"id": "${workflow.input.id}"}, **options}}
    return {"name": ref, "taskReferenceName": ref, "type": "HTTP", "inputParameters": inputs}


def flow(flat: bool) -> dict[str, Any]:
    output = {"key": "$.response.body.key"}
    auth = {"type": "bearer", "token": "${workflow.secrets.TOKEN}"}
    first = http(
        "a", flat=flat, body={"n": "no ${workflow.input.n}"},
        httptask={"output": output, "auth": auth},
    )  # fmt: skip
    case = {
        "name": "s", "taskReferenceName": "s", "type": "SWITCH", "evaluatorType": "value-param",
        "expression": "x", "inputParameters": {"x": "${a.output.response.statusCode}"},
        "decisionCases": {"200": [http("b", body={"k": ["${a.output.key}"]})]},
    }  # fmt: skip
    return {"name": "w", "tasks": [first, case], "outputParameters": {"k": "${a.output.key}"}}


@pytest.mark.parametrize("flat", [False, True])
def test_a_dry_run_shows_what_is_read_and_who_reads_what_is_given(
    flat: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HTTPTASK_SECRET_TOKEN", "a-long-secret-value")
    path = tmp_path / "flow.json"
    path.write_text(json.dumps(flow(flat)))
    given = ["test", str(path), "--task", "a", "--dry-run", "-i", "n=7", "-i", "id=x/y"]
    assert run([*given, "--json"]) == 0
    wiring = json.loads(capsys.readouterr().out)["wiring"]
    below = "/tasks/0/inputParameters"
    request = below if flat else f"{below}/http_request"
    read = {each["pointer"]: (each["template"], each["value"]) for each in wiring["inputs"]}
    assert read == {
        f"{below}/httptask/path/id": ("${workflow.input.id}", "x/y"),
        f"{request}/body/n": ("no ${workflow.input.n}", "no 7"),
        f"{below}/httptask/auth/token": ("${workflow.secrets.TOKEN}", "***"),
    }
    case = "/tasks/1/decisionCases/200/0/inputParameters/http_request"
    assert wiring["outputs"] == [
        {
            "name": "key",
            "mapped": "$.response.body.key",
            "readBy": [
                {"pointer": "/outputParameters/k", "reference": "${a.output.key}"},
                {"pointer": f"{case}/body/k/0", "reference": "${a.output.key}"},
            ],
        },
        {
            "name": "response",
            "mapped": "$.response",
            "readBy": [
                {
                    "pointer": "/tasks/1/inputParameters/x",
                    "reference": "${a.output.response.statusCode}",
                }
            ],
        },
    ]
    assert run(given) == 0
    shown = capsys.readouterr().out
    assert "no 7" in shown
    assert f"read by {case}/body/k/0" in shown
    assert "a-long-secret-value" not in shown
