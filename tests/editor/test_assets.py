"""What is served is what is in the checkout and in the built wheel: plain modules, offline."""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from pathlib import Path
from typing import Any

from httptask.editor.app import ASSETS
from httptask.editor.openapi import document

OWN = sorted(path for path in ASSETS.rglob("*.js") if "vendor" not in path.parts)


def test_every_import_leads_to_a_file_of_ours() -> None:
    for path in OWN:
        for name in re.findall(r'(?:from|import)\s*\(?"([^"]+)"', path.read_text()):
            if name.startswith("...") or "http" in name:
                continue
            assert name.startswith("."), f"{path.name} imports {name}"
            assert (path.parent / name).is_file(), f"{path.name} imports {name}"


def test_every_module_is_used() -> None:
    texts = {
        path: path.read_text() for path in ASSETS.rglob("*") if path.suffix in (".js", ".html")
    }
    for path in OWN:
        others = "".join(text for other, text in texts.items() if other != path)
        assert path.name in others or path.name == "react.js", f"nobody loads {path.name}"


def test_the_page_of_documentation_names_all_there_is(root: Path) -> None:
    page = (root / "docs/editor.md").read_text("utf-8")
    source = "".join(path.read_text() for path in OWN)
    parts = {name for names in re.findall(r'part="([a-z -]+)"', source) for name in names.split()}
    listed = re.search(r"CSS parts: ([^.]*)\.", page)
    assert listed
    assert set(re.findall(r"`([a-z-]+)`", listed[1])) == parts
    assert set(re.findall(r"`(--hte-[a-z]+)`", page)) == set(re.findall(r"--hte-[a-z]+", source))
    told = set(re.findall(r'(?:tell|emit)\("([a-z-]+)"', source))
    inside = {"ask", "focus", "focus-search", "prepared"}
    assert set(re.findall(r"^\| `httptask-([a-z-]+)`", page, re.MULTILINE)) == told - inside
    calls = {
        f"{method.upper()} {path}"
        for path, methods in document("0")["paths"].items()
        for method in methods
    } - {"GET /api/openapi.json"}
    written = set(re.findall(r"`((?:GET|POST|PUT|DELETE) [^`?]+)", page))
    assert {each.replace("{id}", "{testId}") for each in written} == calls


def test_no_asset_names_another_host() -> None:
    allowed = ("http://www.w3.org/", "https://api.example.com/")
    for path in [*OWN, *ASSETS.glob("*.html"), *ASSETS.glob("*.css"), *ASSETS.glob("*.svg")]:
        for url in re.findall(r"https?://[\w.-]+[^\s\"'`]*", path.read_text()):
            assert url.startswith(allowed), f"{path.name} names {url}"


def test_files_stay_small() -> None:
    lines = {path.name: path.read_text().splitlines() for path in OWN}
    assert {name: len(each) for name, each in lines.items() if len(each) > 400} == {}
    assert {name for name, each in lines.items() if max(map(len, each)) > 120} == set()


def test_vendored_files_are_those_of_the_pins_and_carry_their_licences(root: Path) -> None:
    vendor = ASSETS / "vendor"
    files = json.loads((vendor / "versions.json").read_text())["files"]
    assert set(files) == {path.name for path in vendor.glob("*.js")}
    pinned = json.loads((root / "tools/vendor/package-lock.json").read_text())["packages"]
    licences = (vendor / "LICENSES.txt").read_text()
    for name, about in files.items():
        digest = hashlib.sha256((vendor / name).read_bytes()).hexdigest()
        assert digest == about["sha256"], f"{name} was changed by hand"
        for package, version in about["packages"].items():
            assert pinned[f"node_modules/{package}"]["version"] == version
            assert f"\n{package} {version} (" in licences


def test_the_wheel_has_every_asset(wheel: Path) -> None:
    held = {
        name: zipfile.ZipFile(wheel).read(name)
        for name in zipfile.ZipFile(wheel).namelist()
        if name.startswith("httptask/editor/assets/")
    }
    wanted = {
        f"httptask/editor/assets/{path.relative_to(ASSETS).as_posix()}": path.read_bytes()
        for path in ASSETS.rglob("*")
        if path.is_file()
    }
    assert held == wanted
    assert len(wanted) > 30


def test_every_asset_is_served_as_what_it_is(editor: Any) -> None:
    kinds = {
        ".js": "text/javascript",
        ".css": "text/css",
        ".html": "text/html",
        ".json": "application/json",
        ".svg": "image/svg+xml",
        ".txt": "text/plain",
    }
    for path in (each for each in ASSETS.rglob("*") if each.is_file()):
        response = editor.session.get(
            f"{editor.url}/assets/{path.relative_to(ASSETS).as_posix()}", timeout=5
        )
        assert response.status_code == 200
        assert response.headers["Content-Type"].startswith(kinds[path.suffix])
        assert response.content == path.read_bytes()
