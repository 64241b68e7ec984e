"""Where a task or workflow definition is written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

OPERATION = "digitalocean-inference/post-v1-images-generations"


def test_a_link_stays_a_link(invoke: Any) -> None:
    Path("below").mkdir()
    Path("flow.json").symlink_to("below/real.json")
    assert invoke("add", "flow.json", OPERATION, "--ref", "a").code == 0
    assert invoke("add", "flow.json", OPERATION, "--ref", "b").code == 0
    assert Path("flow.json").is_symlink()
    tasks = json.loads(Path("below/real.json").read_text())["tasks"]
    assert [task["taskReferenceName"] for task in tasks] == ["a", "b"]


def test_a_device_is_written_to_not_replaced(command: Any) -> None:
    ran = command("new", OPERATION, "-o", "/dev/stdout")
    assert ran.code == 0, ran.err
    assert ran.document["type"] == "HTTP"
    assert Path("/dev/stdout").is_symlink()
