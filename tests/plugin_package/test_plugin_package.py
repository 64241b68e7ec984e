"""A package of a third party, found by its entry point, extends a run; the core stays as is."""

from __future__ import annotations

import hashlib
import hmac
import shutil
import sys
import tomllib
from pathlib import Path

import pytest

from httptask.core.result import TaskStatus
from httptask.definition.schema import build_schema
from httptask.plugins import claimed_kinds
from httptask.testing import LoopbackServer, Reply
from httptask.testing.tasks import TaskRunner

HERE = Path(__file__).parent
KEY = "a-long-signing-key"
CSV = (("Content-Type", "text/csv"),)


@pytest.fixture
def acme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Install the package as pip would: the module, and metadata with its entry points."""
    site = tmp_path / "site-packages"
    project = tomllib.loads((HERE / "pyproject.toml").read_text())["project"]
    metadata = site / f"acme_httptask-{project['version']}.dist-info"
    metadata.mkdir(parents=True)
    shutil.copy(HERE / "acme_httptask.py", site)
    (metadata / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    )
    points = project["entry-points"]["httptask"].items()
    lines = "".join(f"{name} = {value}\n" for name, value in points)
    (metadata / "entry_points.txt").write_text(f"[httptask]\n{lines}")
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.delitem(sys.modules, "acme_httptask", raising=False)
    return site


def test_an_auth_kind_and_a_codec(
    acme: Path, httptask_server: LoopbackServer, tmp_path: Path
) -> None:
    httptask_server.route("/rows", lambda _: Reply(200, CSV, b"id,name\n1,a\n2,b\n"))
    inputs = {
        "http_request": {"uri": f"{httptask_server.url}/rows?page=1", "method": "GET"},
        "httptask": {
            "auth": {"type": "acme", "key": KEY},
            "output": {"names": {"path": "$.response.body[*].name", "all": True}},
        },
    }
    with TaskRunner(tmp_path, installed=True) as tasks:
        result = tasks.run(inputs)
        assert result.status is TaskStatus.COMPLETED, result.reason
        assert result.output["names"] == ["a", "b"]
        signature = hmac.new(KEY.encode(), b"/rows?page=1", hashlib.sha256).hexdigest()
        assert httptask_server.requests[0].header("X-Acme-Signature") == signature
        assert result.trace is not None
        shown = str(result.trace.to_json())
        assert KEY not in shown
        assert signature not in shown
        found = {(each.hook, each.kind, each.plugin) for each in claimed_kinds(tasks.manager)}
        assert ("authorize", "acme", "acme") in found
        assert ("decode_response", "text/csv", "acme") in found
        schema = build_schema("httptask-options", tasks.pipeline.options_model)
        assert "acme" in str(schema)
        bearer = {**inputs, "httptask": {"auth": {"type": "bearer", "token": KEY}}}
        assert tasks.run(bearer).status is TaskStatus.COMPLETED
    assert (HERE / "acme_httptask.py").read_text().count("\n") <= 45


def test_without_it_the_kind_is_unknown(
    acme: Path, httptask_server: LoopbackServer, tmp_path: Path
) -> None:
    inputs = {
        "http_request": {"uri": httptask_server.url, "method": "GET"},
        "httptask": {"auth": {"type": "acme", "key": KEY}},
    }
    with TaskRunner(tmp_path) as tasks:
        result = tasks.run(inputs)
    assert result.status is TaskStatus.FAILED_WITH_TERMINAL_ERROR
    assert result.error is not None
    assert result.error.pointer.startswith("/inputParameters/httptask/auth")
    assert KEY not in result.reason
    assert httptask_server.requests == []
