"""Words of a shell command, as a shell reads them."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from httptask.app.import_ import read_requests
from httptask.expressions.context import Context
from httptask.expressions.template import compile_template
from httptask.importers import windows
from httptask.importers.bash import Lexer
from httptask.plugins import build_manager

MANAGER = build_manager(installed=False)
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufdd0\ufdd1"))
PIECES = st.lists(
    st.sampled_from(
        ["a", "B ", "'it'\\''s'", '"q\\"x"', "$'\\n\\x41\\u00e9\\''", "\\ ", "\\\n",
         '"\\\\ \\` \\$5"',
         "'$x'", '"!"', "$'\\101'", "''", '""', "#", "=", "a#b", " # c", "%41", '"a b"']
    ),
    max_size=8,
)  # fmt: skip


@given(st.lists(TEXT, max_size=5))
def test_what_is_quoted_is_read_again(words: list[str]) -> None:
    found = Lexer(f"curl {shlex.join(words)}").commands()
    assert found[0].words == ["curl", *words]


@pytest.mark.skipif(not shutil.which("bash"), reason="no bash on this machine")
@given(PIECES)
@settings(max_examples=80)
def test_words_are_those_of_bash(pieces: list[str]) -> None:
    command = f"set -- {''.join(pieces)}\n"
    script = f"{command}printf '%s\\0' \"$@\""
    ran = subprocess.run(["bash", "-c", script], capture_output=True)
    assert ran.returncode == 0
    words = ran.stdout.decode().split("\0")[:-1]
    found = Lexer(command).commands()[0].words[2:]
    assert (found or [""]) == words


@given(TEXT)
def test_cmd_reads_what_a_browser_writes(text: str) -> None:
    quoted = re.sub(r'(\\*)("|$)', r"\1\1\2", text).replace('"', '\\"')
    escaped = "".join(c if c.isalnum() else f"^{c}" for c in quoted)
    found = windows.commands(f'curl ^"{escaped}^"')
    assert found[0].words == ["curl", text]


@given(st.dictionaries(TEXT, TEXT | st.integers() | st.lists(TEXT)))
def test_a_json_body_is_sent_as_it_is_written(body: dict[str, object]) -> None:
    names = {f"x{at}": value for at, value in enumerate(body.values())}
    command = f"curl https://a.example --json {shlex.quote(json.dumps(names))}"
    (task,) = read_requests(command.encode(), MANAGER, form="curl").tasks
    written = task.task["inputParameters"]["http_request"].get("body")
    assert compile_template(written).evaluate(Context({}, {})) == names


@pytest.mark.parametrize(
    "command",
    [
        "echo '{\"a\": 1}' | curl https://a.example -H 'Content-Type: application/json' -d @-",
        "cat <<E | curl https://a.example -H 'Content-Type: application/json' -d @-\n{\"a\": 1}\nE",
        'curl "https://a.example" -H "Content-Type: application/json" -d "{""a"": 1}"',
        "curl https://a.example --json $'{\\u0022a\\x22: 1}' | jq .",
    ],
)
def test_forms_of_one_body(command: str) -> None:
    (task,) = read_requests(command.encode(), MANAGER).tasks
    assert task.task["inputParameters"]["http_request"]["body"] == {"a": 1}


@pytest.mark.parametrize(
    "form",
    [
        "@{ file = Get-Item './a b.png'; title = 'x'; tags = 'one', 'two' }",
        "@{ file = (Get-Item -Path '.\\a b.png'); title = 'x'; tags = @('one', 'two') }",
        "@{\n file = Get-Item -LiteralPath \"a b.png\"\n title = 'x'\n tags = @('one'; 'two')\n}",
    ],
)
def test_a_form_of_powershell_has_parts(form: str) -> None:
    command = f"$f = {form}\nInvoke-RestMethod -Method Post -Uri https://a.example/u -Form $f"
    (task,) = read_requests(command.encode(), MANAGER).tasks
    assert task.losses == ()
    assert task.task["inputParameters"]["httptask"]["multipart"] == {
        "file": {"file": "a b.png"},
        "title": "x",
        "tags": ["one", "two"],
    }


def test_a_file_of_files_has_an_end() -> None:
    command = f"irm https://a.example -Form @{{ a = {'gi ' * 5_000} }}"
    found = read_requests(command.encode(), MANAGER)
    assert [each.kind for each in found.rejected] == ["document_too_deep"]
