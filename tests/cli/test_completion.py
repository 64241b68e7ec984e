"""Shell completion: the script that is printed works in the shell."""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
from typing import Any

import pytest

COMPLETE = """
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


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_shell_gets_a_script(invoke: Any, shell: str) -> None:
    ran = invoke("completion", shell)
    assert ran.code == 0
    assert "_HTTPTASK_COMPLETE" in ran.out
