"""The editor inside other pages: a plain one, a frame, React 18 and 19, Conductor's UI."""

from __future__ import annotations

import json
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest
from panel import EDITOR
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from httptask.editor.pages import ASSETS


@pytest.fixture
def hosted(start_editor: Any, examples: Path, serve: Any) -> Any:
    """An editor, and the examples served from another origin that it knows."""
    origin = serve(Starlette(routes=[Mount("/", StaticFiles(directory=examples, html=True))]))
    editor = start_editor(embed_origins=frozenset({origin}))

    def link(folder: str) -> str:
        return f"{origin}/{folder}/?server={editor.url}#token={editor.token}"

    return link


HOSTS = ["plain", "frame", "react18", "react19", "conductor-ui"]


def panel(page: Any, folder: str) -> Any:
    """Where the panel is: in the page, or in its frame."""
    return page.frame_locator("iframe") if folder == "frame" else page


def value(page: Any) -> dict[str, Any]:
    """The definition as the host has it."""
    return dict(json.loads(page.locator("#value").inner_text()))


def uri(task: dict[str, Any]) -> str:
    """The address of a task."""
    return str(task["inputParameters"]["http_request"]["uri"])


@pytest.mark.parametrize("folder", HOSTS)
def test_a_host_that_owns_the_value_and_sets_copies_loses_nothing(
    page: Any, hosted: Any, folder: str
) -> None:
    page.goto(hosted(folder))
    box = panel(page, folder).get_by_label("URL", exact=True)
    box.wait_for()
    assert box.input_value() == "https://api.example.com/items/1"
    box.press("End")
    box.press_sequentially("23", delay=20)
    box.press("ArrowLeft")
    box.press_sequentially("X", delay=20)
    page.locator("#value").get_by_text("items/12X3").wait_for()
    assert box.input_value() == "https://api.example.com/items/12X3"
    assert box.evaluate("each => each === each.getRootNode().activeElement && each.selectionEnd")
    end = len("https://api.example.com/items/12X")
    assert box.evaluate("each => each.selectionEnd") == end
    task = value(page) if folder == "conductor-ui" else value(page)["tasks"][0]
    assert uri(task) == "https://api.example.com/items/12X3"
    panel(page, folder).get_by_role("combobox", name="Search APIs").fill("generate image")
    panel(page, folder).locator(".hit").first.wait_for()


@pytest.mark.parametrize("folder", [each for each in HOSTS if each != "conductor-ui"])
def test_a_host_hears_what_is_open_what_is_valid_and_what_to_save(
    page: Any, hosted: Any, folder: str
) -> None:
    page.goto(hosted(folder))
    inside = panel(page, folder)
    page.locator("#valid").get_by_text("true").wait_for()
    inside.get_by_role("treeitem", name="get_next").click()
    page.locator("#open").get_by_text("get_next").wait_for()
    box = inside.get_by_label("URL", exact=True)
    box.fill("")
    page.locator("#valid").get_by_text("false").wait_for()
    box.fill("https://api.example.com/items/9")
    page.locator("#valid").get_by_text("true").wait_for()
    inside.get_by_role("button", name="Save", exact=True).wait_for()
    box.press("Control+s")
    inside.get_by_role("button", name="Saved").wait_for()
    saved = json.loads(page.locator("#saved").text_content())
    assert [uri(each) for each in saved["tasks"]] == [
        "https://api.example.com/items/1",
        "https://api.example.com/items/9",
    ]
    assert saved == value(page)
    box.press("Control+z")
    page.locator("#value").get_by_text("items/2").wait_for()


def test_a_foreign_page_can_neither_frame_nor_load_nor_call(
    page: Any, seen: Any, start_editor: Any, examples: Path, serve: Any
) -> None:
    seen.tolerated.append("")
    evil = serve(Starlette(routes=[Mount("/", StaticFiles(directory=examples, html=True))]))
    editor = start_editor(embed_origins=frozenset({"https://flows.example"}))
    with page.expect_console_message(lambda said: "frame-ancestors" in said.text):
        page.goto(f"{evil}/frame/?server={editor.url}#token={editor.token}")
    assert page.frame_locator("iframe").locator("http-task-editor").count() == 0
    with page.expect_console_message(lambda said: "blocked by CORS policy" in said.text):
        page.goto(f"{evil}/plain/?server={editor.url}#token={editor.token}")
    assert page.evaluate("customElements.get('http-task-editor') === undefined")
    called = page.evaluate(
        """([url, token]) => fetch(url, {headers: {Authorization: `Bearer ${token}`}})
             .then(() => 'answered', () => 'refused')""",
        [f"{editor.url}/api/session", editor.token],
    )
    assert called == "refused"


def test_messages_of_strangers_are_ignored(
    page: Any, start_editor: Any, serve: Any, tmp_path: Path
) -> None:
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "index.html").write_text(
        "<!doctype html><title>host</title><link rel=icon href=data:,><iframe></iframe>"
    )
    origin = serve(Starlette(routes=[Mount("/", StaticFiles(directory=folder, html=True))]))
    other = serve(Starlette(routes=[Mount("/", StaticFiles(directory=folder, html=True))]))
    editor = start_editor(embed_origins=frozenset({origin}))
    page.goto(f"{origin}/")
    heard = page.evaluate(
        """([url, editor]) => new Promise(resolve => {
             const heard = [];
             addEventListener('message', ({origin, data}) => {
               heard.push([origin, data.type]);
               setTimeout(() => resolve(heard), 500); });
             document.querySelector('iframe').src = `${editor}/embed`; })""",
        [other, editor.url],
    )
    assert heard == [[editor.url, "httptask:ready"]]
    inside = page.frames[1]
    inside.evaluate("window.postMessage({type: 'httptask:open', token: 'stolen'}, '*')")
    page.wait_for_timeout(200)
    assert inside.evaluate("document.querySelector('http-task-editor').token") == ""


OWN = """({{services: {{
    search: async (query, {{limit}}) => [{{id: 'mine', api: 'own', method: 'GET', path: '/mine',
        title: 'Own', summary: `Mine: ${{query}} of ${{limit}}`}}],
    operation: async id => ({{id, method: 'GET', path: '/mine', title: 'Mine'}}),
    prepare: async () => ({{name: 'mine', taskReferenceName: 'mine', type: 'HTTP',
        inputParameters: {{http_request: {{uri: 'https://own.example.com/mine', method: 'GET',
            headers: {{'X-Key': '${{workflow.secrets.MINE}}'}}}}}}}}),
    secrets: async () => window.names,
    setSecret: async (name, value) => {{ window.names = [name]; window.kept = value; }},
    test: async ({{task}}, {{emit, signal}}) => {{
        emit({{type: 'stage', name: 'build_request'}});
        if (window.slow) await new Promise((_, no) => signal.addEventListener('abort', () =>
            no(new DOMException('', 'AbortError'))));
        return {{status: 'completed', nextStep: 'the workflow goes on', exchanges: [],
            output: {{response: {{statusCode: 200, body: {{by: 'the host'}}}}}}}}; }},
}}}})"""


def test_a_host_has_a_catalogue_secrets_and_tests_of_its_own(page: Any, editor: Any) -> None:
    page.goto(editor.link)
    page.evaluate(f"window.names = ['OTHER'], Object.assign({EDITOR}, {OWN.format()}), undefined")
    page.get_by_role("button", name="Add HTTP Task").click()
    page.get_by_role("combobox", name="Search APIs").fill("something")
    page.get_by_role("option", name="Mine: something of 30").click()
    page.get_by_label("The secret MINE is not set").fill("hush")
    page.get_by_role("button", name="Set for this session").click()
    page.get_by_label("The secret MINE is not set").wait_for(state="detached")
    assert page.evaluate("window.kept") == "hush"
    assert "hush" not in editor.call("GET", "/api/session").text
    assert "MINE" not in editor.call("GET", "/api/session").json()["secrets"]
    page.get_by_role("tab", name="Headers").first.click()
    box = page.locator("[data-pointer$='/headers/X-Key'] textarea")
    box.fill("${workflow.secrets.")
    page.get_by_role("option", name="MINE").click()
    assert box.input_value() == "${workflow.secrets.MINE}"
    page.get_by_role("button", name="Test request").click()
    page.get_by_role("treeitem", name="by").wait_for()
    page.evaluate("window.slow = true")
    page.get_by_role("button", name="Test request").click()
    page.get_by_role("button", name="Cancel").click()
    page.locator(".facts").get_by_text("cancelled").wait_for()
    assert page.locator(".response").get_by_text("cancelled").count() == 1


def test_a_transport_of_the_host_needs_no_token_in_the_page(page: Any, editor: Any) -> None:
    page.goto(f"{editor.url}/")
    page.get_by_text("Not connected").wait_for()
    page.evaluate(
        f"""token => {{ {EDITOR}.transport = (url, init) => {{
              if (init.headers.Authorization) throw new Error('a token in the page');
              const headers = {{...init.headers, Authorization: `Bearer ${{token}}`}};
              return fetch(url, {{...init, headers}}); }}; }}""",
        editor.token,
    )
    page.get_by_role("button", name="Add HTTP Task").click()
    page.get_by_role("combobox", name="Search APIs").fill("generate image")
    page.locator(".hit").first.wait_for()
    assert page.get_by_text("Not connected").count() == 0


def test_the_types_of_the_packed_package_are_checked(
    examples: Path, require: Any, tmp_path: Path
) -> None:
    npm = shutil.which("npm") or require("npm", "no npm on this machine")
    command = [npm, "pack", "--silent", "--pack-destination", str(tmp_path), str(ASSETS)]
    subprocess.run(command, cwd=tmp_path, capture_output=True, check=True)
    (packed,) = tmp_path.glob("*.tgz")
    host = tmp_path / "host"
    shutil.copytree(examples, host, ignore=shutil.ignore_patterns("node_modules", "dist"))
    (host / "node_modules").mkdir()
    for each in (examples / "node_modules").iterdir():
        (host / "node_modules" / each.name).symlink_to(each)
    package = host / "node_modules/httptask-editor"
    with tarfile.open(packed) as archive:
        archive.extractall(tmp_path, filter="data")
    (tmp_path / "package").rename(package)

    def check() -> str:
        done = subprocess.run(
            ["node", "node_modules/typescript/bin/tsc", "-p", "."],
            cwd=host,
            capture_output=True,
            text=True,
        )
        return done.stdout + done.stderr

    assert check() == ""
    wrong = {'editor.theme = "dark"': 'editor.theme = "red"', "{ limit }": "{ most }"}
    file = host / "typed/host.ts"
    right = file.read_text()
    for old, new in wrong.items():
        assert old in right
        file.write_text(right.replace(old, new))
        assert "typed/host.ts" in check(), new
