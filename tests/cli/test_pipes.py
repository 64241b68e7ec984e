"""Pipes that close, folders that cannot be used."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest


@pytest.mark.parametrize("arguments", [["schema", "workflow"], ["plugins"], ["plugins", "--json"]])
def test_a_reader_that_goes_away_is_not_an_error(start_command: Any, arguments: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    process = start_command(*arguments, stdout=writing)
    os.close(writing)
    _, err = process.communicate(timeout=60)
    assert process.returncode in {0, 1}
    assert err == ""


def test_the_first_lines_are_read_and_no_more(start_command: Any) -> None:
    process = start_command("schema", "workflow")
    head = subprocess.run(["head", "-1"], stdin=process.stdout, capture_output=True, text=True)
    process.stdout.close()
    assert head.stdout == "{\n"
    assert process.stderr.read() == ""
    process.stderr.close()
    assert process.wait(timeout=60) in {0, 1}


@pytest.mark.parametrize(
    "arguments",
    [
        ["runs", "list", "--data", "file/data"],
        ["run", "flow.json", "--data", "file/data"],
        ["schema", "--write", "file/schemas"],
        ["new", "digitalocean-inference/post-v1-images-generations", "-o", "file/task.json"],
        ["catalog", "add", "api.json", "--catalog", "file/catalog"],
    ],
    ids=lambda value: value[0],
)
def test_a_folder_that_cannot_be_made_is_named(
    invoke: Any, write: Any, task: Any, flow: Any, arguments: list[str]
) -> None:
    write("file", "not a folder")
    write("flow.json", flow(task("https://example.com")))
    write("api.json", {"openapi": "3.0.3", "info": {"title": "a", "version": "1"}, "paths": {}})
    ran = invoke(*arguments, "--json")
    assert ran.code in {1, 2}
    assert ran.error["code"] != "internal"
    assert "file" in ran.error["message"]


@pytest.mark.parametrize("arguments", [["plugins"], ["plugins", "--json"], ["eval", "x", "--json"]])
def test_a_full_disk_behind_standard_output_is_told(
    start_command: Any, arguments: list[str]
) -> None:
    with Path("/dev/full").open("w") as full:
        process = start_command(*arguments, stdout=full)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert err.startswith("error No space left on device")
    assert "Traceback" not in err
