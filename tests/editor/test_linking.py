"""The panel's modules as one: the same code, in one response."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from httptask.editor.linking import linked
from httptask.editor.serve import listening_socket

MODULES = {
    "main.js": 'import { twice } from "./src/twice.js";\n'
    'export { one as first } from "./src/one.js";\n'
    "export const four = twice(twice(1));\nexport const here = import.meta.url;\n",
    "src/twice.js": 'import * as ones from "./one.js";\nimport { one as unit } from "./one.js";\n'
    "const STEP = 2;\nexport function twice(value) { return value * STEP * ones.one * unit; }\n"
    'export const later = () => import("./lazy.js");\nexport const place = import.meta.url;\n',
    "src/one.js": "const STEP = 1;\nexport const one = STEP;\n",
}


def test_a_linked_module_does_what_its_modules_do(require: Any, tmp_path: Path) -> None:
    node = shutil.which("node") or require("npm", "no node on this machine")
    modules = MODULES | {
        "main.js": MODULES["main.js"]
        + 'import { later, place } from "./src/twice.js";\n'
        + "later().then(({ lazy }) => console.log(four, lazy, place));\n"
    }
    (tmp_path / "src").mkdir()
    (tmp_path / "src/lazy.js").write_text('export const lazy = "late";\n')
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (tmp_path / "main.js").write_text(linked("main.js", modules.__getitem__))
    done = subprocess.run([node, tmp_path / "main.js"], capture_output=True, text=True, timeout=30)
    assert done.stdout == f"4 late file://{tmp_path}/src/twice.js\n", done.stderr


def test_modules_that_import_each_other_are_named() -> None:
    cycle = {"a.js": 'import "./b.js";\n', "b.js": 'import { a } from "./a.js";\n'}
    with pytest.raises(ValueError, match=r"a\.js -> b\.js -> a\.js"):
        linked("a.js", cycle.__getitem__)


def test_the_page_asks_for_a_handful_of_files(page: Any, editor: Any, seen: Any) -> None:
    page.goto(editor.link)
    page.get_by_role("combobox", name="Search APIs").focus()
    modules = [url for url in seen.requests if url.endswith(".js")]
    assert len(modules) <= 3, modules


def test_the_body_of_a_response_does_not_wait_for_its_head() -> None:
    delays: list[int] = []

    def accept(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        sent = writer.get_extra_info("socket")
        delays.append(sent.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    async def call() -> None:
        with listening_socket() as listening:
            listening.bind(("127.0.0.1", 0))
            async with await asyncio.start_server(accept, sock=listening):
                reader, writer = await asyncio.open_connection(*listening.getsockname())
                await reader.read()
                writer.close()

    with ThreadPoolExecutor(1) as apart:  # the browser's loop runs in this thread
        apart.submit(lambda: asyncio.run(call())).result()
    assert delays == [1]
