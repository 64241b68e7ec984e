"""Shell completion: the script that is printed works in the shell."""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
from typing import Any

import pytest
from click.shell_completion import get_completion_class

from httptask.cli.app import cli

COMPLETE = """
compopt() {{ :; }}
eval "$(httptask completion bash)"
COMP_WORDS=({words}) COMP_CWORD={last} COMP_LINE="{line}" COMP_POINT={point}
$(complete -p httptask | sed 's/.*-F \\([^ ]*\\).*/\\1/') httptask
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


def _complete(*words: str) -> set[str]:
    line = " ".join(words)
    quoted = " ".join(f"'{word}'" for word in words)
    script = COMPLETE.format(words=quoted, last=len(words) - 1, line=line, point=len(line))
    path = f"{sysconfig.get_path('scripts')}:{os.environ['PATH']}"
    ran = subprocess.run(
        ["bash", "--norc", "-c", script],
        capture_output=True, text=True, timeout=60, env={**os.environ, "PATH": path},
    )  # fmt: skip
    assert ran.stderr == ""
    return set(ran.stdout.split())


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash")
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["httptask", "se"], {"search", "serve"}),
        (["httptask", "runs", ""], {"list", "show", "terminate", "prune"}),
        (["httptask", "test", "--le"], {"--level"}),
        (["httptask", "test", "--level", ""], {"info", "debug", "trace"}),
        (["httptask", "completion", "z"], {"zsh"}),
    ],
    ids=["commands", "group", "option", "choices", "shell"],
)
def test_bash(words: list[str], expected: set[str]) -> None:
    assert expected <= _complete(*words)


@pytest.fixture
def known(invoke: Any, write: Any, task: Any, flow: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A workflow, a run of it, a catalogue and connections."""
    url = "https://api.example.com/${workflow.input.prompt}/${workflow.input.n}"
    write("flow.json", flow(task(url, "image"), task("https://api.example.com/x", "upload")))
    write("mock.json", {"status": 200})
    given = ("-i", "prompt=a", "-i", "n=1", "--mock", "mock.json")
    assert invoke("run", "flow.json", "--id", "order-17", *given).code == 0
    info = {"title": "Shop", "version": "1"}
    paths = {f"/orders/{n}": {"get": {"operationId": f"getOrder{n}"}} for n in range(300)}
    write("shop.json", {"openapi": "3.0.3", "info": info, "paths": paths})
    assert invoke("catalog", "add", "shop.json").code == 0
    auth = {"type": "bearer", "token": "${workflow.secrets.T}"}
    connection = {"auth": auth, "origins": ["https://api.example.com"]}
    write("connections.json", {"shop-live": connection, "shop-test": connection})
    monkeypatch.setenv("HTTPTASK_CONNECTIONS", "connections.json")


WORDS = [
    (["show", ""], {"digitalocean-inference/", "shop/"}),
    (["show", "shop/get-orders-29"], {f"shop/get-orders-29{n}" for n in ("", *range(10))}),
    (["new", "getOrder299"], {"getOrder299"}),
    (["add", "flow.json", "digitalocean-inference/post"],
     {"digitalocean-inference/post-v1-images-generations"}),
    (["search", "--api", "sh"], {"shop"}),
    (["catalog", "remove", "sh"], {"shop"}),
    (["resume", ""], {"order-17", "last"}),
    (["runs", "show", "ord"], {"order-17"}),
    (["test", "flow.json", "--run", ""], {"order-17", "last"}),
    (["resume", "last", "--from", ""], {"image", "upload"}),
    (["runs", "skip", "order-17", "up"], {"upload"}),
    (["test", "flow.json", "--task", ""], {"image", "upload"}),
    (["add", "flow.json", "--after", "im"], {"image"}),
    (["rename", "flow.json", ""], {"image", "upload"}),
    (["run", "flow.json", "-i", ""], {"n=", "prompt="}),
    (["run", "flow.json", "-i", "n=1", "-i", ""], {"prompt="}),
    (["run", "flow.json", "--input", "p"], {"prompt="}),
    (["resume", "order", "-i", ""], {"n=", "prompt="}),
    (["auth", "show", ""], {"shop-live", "shop-test"}),
    (["test", "absent.json", "--task", ""], set()),
    (["resume", "nobody", "--from", ""], set()),
]  # fmt: skip


def _offered(words: list[str]) -> set[str]:
    kind = get_completion_class("bash")
    assert kind is not None
    completing = kind(cli, {}, "httptask", "_HTTPTASK_COMPLETE")
    return {item.value for item in completing.get_completions(words[:-1], words[-1])}


@pytest.mark.usefixtures("known")
def test_names_are_offered() -> None:
    assert {" ".join(words): _offered(words) for words, _ in WORDS} == {
        " ".join(words): expected for words, expected in WORDS
    }


@pytest.mark.usefixtures("known")
def test_no_more_than_a_hundred_are_offered() -> None:
    assert len(_offered(["show", "shop/"])) == 100


@pytest.mark.usefixtures("known")
@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash")
def test_bash_completes_names() -> None:
    assert _complete("httptask", "run", "flow.json", "-i", "") == {"n=", "prompt="}
    assert _complete("httptask", "resume", "o") == {"order-17"}


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_shell_gets_a_script(invoke: Any, shell: str) -> None:
    ran = invoke("completion", shell)
    assert ran.code == 0
    assert "_HTTPTASK_COMPLETE" in ran.out
    assert '"part"' in ran.out.replace("'", '"')
