"""XML, CSV and GraphQL on a real server: the same as on the embedded engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from httptask import Settings, run_workflow
from httptask.testing.replies import Reply, json_reply
from httptask.testing.servers import LoopbackServer

XML = (("Content-Type", "text/xml"),)
INPUT = {"name": 'Smith & </name><admin>"1"', "id": 'a"b'}


@pytest.fixture
def target(httptask_loopback: Any) -> LoopbackServer:
    download = (
        ("Content-Type", "application/pdf"),
        ("Content-Disposition", 'attachment; filename="invoice 7.pdf"'),
    )
    server: LoopbackServer = httptask_loopback(
        {
            "POST /soap": lambda _: Reply(200, XML, b"<r><item>1</item></r>"),
            "GET /csv": lambda _: Reply(200, (), b"a;b\n1;2\n"),
            "POST /graphql": lambda _: json_reply({"data": {"n": 1}}),
            "GET /file": lambda _: Reply(200, download, b"%PDF"),
            "POST /upload": lambda _: json_reply({}),
        }
    )
    return server


def test_a_server_and_the_engine_send_and_give_the_same(
    bench: Any, target: LoopbackServer, http_task: Any, tmp_path: Path
) -> None:
    body = "<r who='${workflow.input.name}'><name>${workflow.input.name}</name></r>"
    xml = {"contentType": "text/xml", "body": body}
    graphql = {
        "query": "query ($id: ID!) { n(id: $id) }",
        "variables": {"id": "${workflow.input.id}"},
    }
    part = {"file": {"file": "${file.output.response.body}"}}
    tasks = [
        http_task(
            "soap",
            f"{target.url}/soap",
            "POST",
            request=xml,
            httptask={"response": {"format": "xml", "lists": ["item"]}},
        ),
        http_task("csv", f"{target.url}/csv", httptask={"response": {"format": "csv"}}),
        http_task("graphql", f"{target.url}/graphql", "POST", httptask={"graphql": graphql}),
        http_task("file", f"{target.url}/file"),
        http_task("upload", f"{target.url}/upload", "POST", httptask={"multipart": part}),
    ]
    name = bench.deployed(*tasks)
    with bench.worker():
        on_server = bench.run(name, INPUT)
    by_worker = [*target.requests]
    settings = Settings.from_environment(data=tmp_path / "engine", author=True)
    flow = {"name": "formats", "version": 1, "tasks": tasks}
    here = run_workflow(flow, input=INPUT, settings=settings)
    by_engine = target.requests[len(by_worker) :]
    assert len(by_worker) == len(by_engine) == 5
    for theirs, ours in zip(by_worker[:4], by_engine[:4], strict=True):
        assert (theirs.method, theirs.target, theirs.body) == (ours.method, ours.target, ours.body)
    sent = ET.fromstring(by_worker[0].body)
    assert (sent.get("who"), [each.text for each in sent]) == (INPUT["name"], [INPUT["name"]])
    assert all(b'filename="invoice 7.pdf"' in each[4].body for each in (by_worker, by_engine))
    for run in (on_server, here):
        bodies = [task["outputData"]["response"]["body"] for task in run["tasks"]]
        assert bodies[:3] == [{"r": {"item": ["1"]}}, [{"a": "1", "b": "2"}], {"data": {"n": 1}}]
        assert bodies[3]["name"] == "invoice 7.pdf"
