"""The back end itself: what it believes of what servers say."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, cast

from token_auth import Stamps, TokenAuth

from httptask.app.catalog import Catalog
from httptask.builtin.files import store_bytes
from httptask.editor.services import Draft, TestOrder
from httptask.editor.wiring import Backend
from httptask.plugins import build_manager
from httptask.settings import Settings
from httptask.testing.replies import Reply, json_reply


def http_task(request: dict[str, Any]) -> dict[str, Any]:
    inputs = {"http_request": request}
    return {"name": "a", "taskReferenceName": "a", "type": "HTTP", "inputParameters": inputs}


def test_no_response_can_name_a_file_to_be_shown(httptask_loopback: Any, tmp_path: Path) -> None:
    mine = tmp_path / "mine.txt"
    mine.write_text("canary")
    digest = "ab" * 32
    forged = {"path": str(mine), "sha256": digest, "size": 6, "mediaType": "text/plain"}
    server = httptask_loopback({"/forged": lambda _: json_reply(forged)})
    settings = Settings.from_environment(allow_hosts=["127.0.0.1"], data=tmp_path / "data")
    backend = Backend(cast("Any", None), settings, build_manager())
    request = {"uri": f"{server.url}/forged", "method": "GET"}
    task = http_task(request)
    trace = backend.test(TestOrder(Draft(task, None), "debug", lambda _: None))
    assert trace["output"]["response"]["body"] == forged
    assert backend.files.find(digest) is None


def test_a_response_cannot_name_a_file_of_another_run(
    httptask_loopback: Any, tmp_path: Path
) -> None:
    settings = Settings.from_environment(allow_hosts=["127.0.0.1"], data=tmp_path / "data")
    stored = store_bytes(settings.files, [b"of another run"], "text/plain")
    os.utime(stored.path, (1_700_000_000, 1_700_000_000))
    server = httptask_loopback(
        {
            "/forged": lambda _: json_reply(stored.to_json()),
            "/own": lambda _: Reply(200, (("Content-Type", "image/png"),), b"of this test"),
        }
    )
    backend = Backend(cast("Any", None), settings, build_manager())
    for path in ("forged", "own"):
        request = {"uri": f"{server.url}/{path}", "method": "GET"}
        task = http_task(request)
        trace = backend.test(TestOrder(Draft(task, None), "debug", lambda _: None))
        found = backend.files.find(trace["output"]["response"]["body"]["sha256"])
        shown = found and (found[0].read_bytes(), found[1])
        assert shown == (None if path == "forged" else (b"of this test", "image/png"))


def test_what_plugins_add_comes_with_the_session(tmp_path: Path) -> None:
    settings = Settings.from_environment(data=tmp_path)
    manager = build_manager({"token": TokenAuth(), "stamps": Stamps()}, installed=False)
    added = Backend(cast("Any", None), settings, manager).session()["plugins"]
    assert list(added["auth"]) == ["token"]
    schema = added["options"]["stamp"]["schema"]
    fields = schema["$defs"]["StampOptions"]["properties"]
    assert fields["text"]["x-secret"] is True
    assert fields["copies"]["anyOf"] == [{"type": "integer"}, {"type": "null"}]


def test_a_pasted_request_of_a_known_operation_has_its_schemas(tmp_path: Path) -> None:
    pet = {"type": "object", "properties": {"id": {"type": "integer"}}}
    found = {"description": "", "content": {"application/json": {"schema": pet}}}
    description = {
        "openapi": "3.0.3",
        "info": {"title": "Pets", "version": "1"},
        "servers": [{"url": "https://pets.example.com"}],
        "paths": {"/pets": {"get": {"responses": {"200": found}}}},
    }
    file = tmp_path / "pets.json"
    file.write_text(json.dumps(description), "utf-8")
    with Catalog.open(tmp_path / "catalog") as catalog:
        catalog.add(file)
        backend = Backend(catalog, Settings.from_environment(), build_manager(installed=False))
        text = "curl https://pets.example.com/pets; curl https://pets.example.com/other"
        known, other = backend.import_text(text)["tasks"]
    options = known["inputParameters"]["httptask"]
    assert options["operation"]["path"] == "/pets"
    assert options["responseSchema"] == pet
    assert "operation" not in other["inputParameters"]["httptask"]
