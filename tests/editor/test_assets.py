"""What is served is what is in the checkout and in the built wheel: plain modules, offline."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import httptask
from httptask.editor.openapi import document
from httptask.editor.pages import ASSETS, LINKED

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
    texts = [path for path in ASSETS.rglob("*") if path.is_file() and "vendor" not in path.parts]
    long = {path.name for path in texts if any(len(x) > 120 for x in path.read_text().splitlines())}
    assert long == set()


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
        ".ts": "",
    }
    for path in (each for each in ASSETS.rglob("*") if each.is_file()):
        response = editor.session.get(
            f"{editor.url}/assets/{path.relative_to(ASSETS).as_posix()}", timeout=5
        )
        assert response.status_code == 200
        assert response.headers["Content-Type"].startswith(kinds[path.suffix])
        if path.name not in LINKED or path.parent != ASSETS:
            assert response.content == path.read_bytes()


def test_the_npm_package_is_what_the_wheel_has(require: Any, tmp_path: Path) -> None:
    npm = shutil.which("npm") or require("npm", "no npm on this machine")
    about = json.loads((ASSETS / "package.json").read_text())
    assert about["version"] == httptask.__version__
    command = [npm, "pack", "--json", "--pack-destination", str(tmp_path), str(ASSETS)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    (packed,) = json.loads(done.stdout)
    with tarfile.open(tmp_path / packed["filename"]) as archive:
        names = {name.removeprefix("package/") for name in archive.getnames()}
    modules = {path.relative_to(ASSETS).as_posix() for path in ASSETS.rglob("*.js")}
    types = {"editor.d.ts", "react.d.ts", "custom-elements.json", "package.json"}
    assert names == modules | types | {"vendor/LICENSES.txt", "vendor/versions.json"}


def test_the_manifest_and_the_types_say_what_the_element_has() -> None:
    (module,) = json.loads((ASSETS / "custom-elements.json").read_text())["modules"]
    (element,) = module["declarations"]
    source = (ASSETS / "src/element.js").read_text()
    block = source[source.index("static properties") : source.index("constructor()")]
    properties = re.findall(r"^    (\w+): \{", block, re.MULTILINE)
    fields = [each["name"] for each in element["members"] if each["kind"] == "field"]
    assert fields == properties
    types = (ASSETS / "editor.d.ts").read_text()
    for member in element["members"]:
        assert re.search(rf"^  {member['name']}[:(]", types, re.MULTILINE), member["name"]
    text = "".join(path.read_text() for path in OWN)
    told = set(re.findall(r'(?:tell|emit)\("([a-z-]+)"', text))
    events = {each["name"].removeprefix("httptask-") for each in element["events"]}
    assert events == told - {"ask", "focus", "focus-search", "prepared"}
    assert set(re.findall(r'^  "httptask-([a-z-]+)":', types, re.MULTILINE)) == events
    parts = {name for names in re.findall(r'part="([a-z -]+)"', text) for name in names.split()}
    assert {each["name"] for each in element["cssParts"]} == parts
    custom = {each["name"] for each in element["cssProperties"]}
    assert custom == set(re.findall(r"--hte-[a-z]+", text))
