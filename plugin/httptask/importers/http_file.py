"""Request files, ``.http`` and ``.rest``, of VS Code, JetBrains and httpYac."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any, Final

from httptask.importers.addresses import scheme_of
from httptask.importers.curl import CurlImporter
from httptask.importers.drafts import FORM, Draft, Drafts, File, Source, Text
from httptask.importers.holes import OUTPUT_PATH, output_of
from httptask.importers.members import member
from httptask.importers.set_variables import variables_set
from httptask.importers.variables import Variables, dynamic_in, graphql, named_values

_VERBS: Final = "GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|TRACE|CONNECT|QUERY|PROPFIND|LIST|GRAPHQL"
_OTHERS: Final = "WEBSOCKET|WS|WSS|GRPC|SSE|MQTT|AMQP|RSOCKET"
_LINE: Final = re.compile(rf"({_VERBS}|{_OTHERS})\s+(\S.*?)(?:\s+HTTP/\d(?:\.\d)?)?\s*")
_URL_LINE: Final = re.compile(r"(?:https?://|\{\{)\S+")
_VARIABLE: Final = re.compile(r"@([\w.-]+)\s*=\s*(.*)")
_NAME: Final = re.compile(r"(?:#|//)\s*@name\s*[= ]?\s*([\w.-]+)")
_SETTING: Final = re.compile(r"(?:#|//)\s*@([\w-]+)\s*(.*)")
_RESPONSE: Final = re.compile(r"([\w-]+)\.response\.(body|headers)\.(?:\$\.?)?([^{}]*)")
_SCRIPT: Final = re.compile(r"(?:<|>>?!?)\s*(?:\{%|\S)")


class HttpFileImporter:
    """Request files of editors."""

    name = "http"

    def claims(self, source: Source) -> bool:
        """Tell whether its first line that is not a comment is a request or a variable."""
        if source.document is not None:
            return False
        for line in source.text[:65536].splitlines():
            text = line.strip()
            if text.startswith("###"):
                return True
            if text and not text.startswith(("#", "//")):
                return bool(
                    _LINE.fullmatch(text) or _VARIABLE.fullmatch(text) or _URL_LINE.match(text)
                )
        return False

    def read(self, source: Source) -> Drafts:
        """Return the requests of all sections."""
        return _File(source).read()


@dataclass(slots=True)
class _Section:
    """The lines of one request, and the number of the line before them."""

    before: int
    title: str = ""
    lines: list[str] = field(default_factory=list)


class _File:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.found = Drafts()
        self.variables = Variables(defaults=self.found.defaults)
        self.indexes: dict[str, int] = {}
        self._environments()

    def read(self) -> Drafts:
        for section in _sections(self.source.text):
            self._section(section)
        return self.found

    def _environments(self) -> None:
        name = self.source.environment
        for file, private in (
            ("http-client.env.json", False),
            ("http-client.private.env.json", True),
        ):
            document = self._json(file)
            given = {**member(document, "$shared"), **member(document, name)} if name else {}
            self.variables.values |= named_values(given)
            if private:
                self.variables.secrets |= named_values(given).keys()
        settings = member(self._json(".vscode/settings.json"), "rest-client.environmentVariables")
        for each in ("$shared", name):
            self.variables.values |= named_values(member(settings, each))

    def _json(self, name: str) -> Any:
        try:
            return json.loads(self.source.file(name) or "{}")
        except (ValueError, RecursionError):
            self.found.lose(name, "document_unreadable", "the file is not JSON")
            return {}

    def _section(self, section: _Section) -> None:
        draft = Draft(f"line {section.before + 1}", section.title)
        at, started = 0, False
        while at < len(section.lines) and not started:
            line = section.lines[at].strip()
            if line.startswith("curl "):
                self._curl(section, at)
                return
            if line.startswith(("< {%", "<{%")):
                at = self._script(draft, section, at)
            elif found := _VARIABLE.fullmatch(line):
                self._declare(found[1], found[2].strip())
            elif line.startswith(("#", "//")):
                self._comment(draft, line)
            elif line:
                draft.pointer = f"line {section.before + at + 1}"
                started = True
                break
            at += 1
        if started:
            self._request(draft, section, at)

    def _declare(self, name: str, value: str) -> None:
        whole = re.fullmatch(r"\{\{\s*(.*?)\s*\}\}", value)
        output = self._output(whole[1]) if whole else ""
        if output:
            self.variables.outputs[name] = output
        else:
            self.variables.values[name] = value

    def _comment(self, draft: Draft, line: str) -> None:
        if name := _NAME.match(line):
            draft.name = name[1]
        elif (setting := _SETTING.match(line)) and setting[1] == "no-redirect":
            draft.options["redirects"] = {"follow": False}

    def _output(self, name: str) -> str:
        """Return the hole for a value of an earlier named request's response, or ""."""
        found = _RESPONSE.fullmatch(name)
        if not found or found[1] not in self.indexes:
            return ""
        index, path = self.indexes[found[1]], found[3]
        if found[2] == "headers":
            return output_of(index, f"response.headers.{path}[0]")
        path = "" if path == "*" else path
        whole = f"response.body.{path}" if path and path[0] != "[" else f"response.body{path}"
        return output_of(index, whole) if OUTPUT_PATH.fullmatch(whole) else ""

    def _text(self, draft: Draft, written: str, line: int) -> str:
        for name in re.findall(r"\{\{\s*([\w-]+\.response\.[^{}]*?)\s*\}\}", written):
            if output := self._output(name):
                self.variables.outputs[name] = output
            else:
                message = f"{name[:60]} is not a value that can be referred to: it is an input"
                draft.lose(f"line {line}", "expression_unsupported", message)
        return self.variables.text(written, dynamic_in(draft, f"line {line}"))

    def _request(self, draft: Draft, section: _Section, at: int) -> None:
        line = section.lines[at].strip()
        found = _LINE.fullmatch(line)
        method, url = (found[1], found[2]) if found else ("GET", line.partition(" HTTP/")[0])
        if re.fullmatch(_OTHERS, method) or scheme_of(url) in ("ws", "wss"):
            self.found.reject(draft.pointer, "kind_unsupported", f"{method} is not an HTTP request")
            return
        at += 1
        while at < len(section.lines) and section.lines[at].lstrip()[:1] in ("?", "&"):
            url += section.lines[at].strip()
            at += 1
        number = section.before + at
        draft.method = "POST" if method == "GRAPHQL" else method
        at = self._headers(draft, section, at)
        host = draft.header("Host")
        if url.startswith("/") and host:
            url = f"https://{host}{url}"
        draft.url = self.variables.url(self._with_outputs(url), dynamic_in(draft, f"line {number}"))
        if not scheme_of(draft.url) and draft.url[:1] not in ("\ufdd0", "/"):
            draft.url = f"http://{draft.url}"
        self._body(draft, section, at, is_graphql=method == "GRAPHQL")
        self.indexes[draft.name] = len(self.found.requests)
        self.found.requests.append(draft)

    def _with_outputs(self, url: str) -> str:
        for name in re.findall(r"\{\{\s*([\w-]+\.response\.[^{}]*?)\s*\}\}", url):
            if output := self._output(name):
                self.variables.outputs[name] = output
        return url

    def _headers(self, draft: Draft, section: _Section, at: int) -> int:
        while at < len(section.lines) and section.lines[at].strip():
            number = section.before + at + 1
            line = section.lines[at].strip()
            name, colon, value = line.partition(":")
            if line.startswith(("#", "//")):
                self._comment(draft, line)
            elif _SCRIPT.match(line):
                return at
            elif colon and re.fullmatch(r"[\w!#$%&'*+.^`|~-]+", name.strip()):
                self._header(draft, name.strip(), self._text(draft, value.strip(), number), number)
            else:
                draft.lose(f"line {number}", "key_unknown", "the line is not a header")
            at += 1
        return at + 1

    def _header(self, draft: Draft, name: str, value: str, number: int) -> None:
        scheme, _, rest = value.partition(" ")
        if name.lower() != "authorization":
            draft.headers.append((name, value))
        elif scheme == "Basic" and re.search(r"[: ]", rest.strip()):
            user, password = re.split(r"[: ]", rest.strip(), maxsplit=1)
            draft.auth = {"type": "basic", "username": user, "password": password.strip()}
        elif scheme in ("Digest", "AWS", "OpenID", "NTLM"):
            user, _, password = rest.strip().partition(" ")
            if scheme == "Digest" and password and "=" not in rest:
                draft.auth = {"type": "digest", "username": user, "password": password.strip()}
            else:
                message = f"a task has no authentication as {scheme} writes it here"
                draft.lose(f"line {number}", "security_unsupported", message)
        else:
            draft.headers.append((name, value))

    def _body(self, draft: Draft, section: _Section, at: int, *, is_graphql: bool) -> None:
        lines: list[str] = []
        while at < len(section.lines):
            line = section.lines[at]
            if line.lstrip().startswith(("> {%", ">{%", "> ", ">>", "<> ")):
                at = self._script(draft, section, at)
                at += 1
                continue
            lines.append(line)
            at += 1
        text = "\n".join(lines).strip("\n")
        number = section.before + at
        file = re.fullmatch(r"<(@\S*)?\s+(\S.*?)\s*", text)
        if file and not file[1]:
            draft.body = File(file[2])
            return
        if file:
            read = self.source.file(file[2])
            if read is None:
                draft.lose(draft.pointer, "file_content_missing", f"{file[2]} cannot be read")
            text = (read or "").strip("\n")
        marked = [each for each in draft.headers if each[0].lower() == "x-request-type"]
        if is_graphql or (marked and (marked[0][1] or "").lower() == "graphql"):
            draft.headers = [each for each in draft.headers if each not in marked]
            query, _, variables = text.partition("\n\n")
            text = graphql(query.strip(), self._text(draft, variables, number))
            draft.default_type("application/json")
        else:
            kind = (draft.header("Content-Type") or "").lower()
            if kind.startswith(FORM):
                text = "".join(each.strip() for each in text.split("\n"))
            text = self._text(draft, text, number)
        if text.strip():
            draft.body = Text(text)

    def _script(self, draft: Draft, section: _Section, at: int) -> int:
        """Read a script, or pass over it; return the index of its last line."""
        first = at
        line = section.lines[at].lstrip()
        lines = [line]
        if "{%" in line:
            while "%}" not in section.lines[at] and at + 1 < len(section.lines):
                at += 1
                lines.append(section.lines[at])
        text = re.sub(r"^[<>]\s*\{%|%\}\s*$", "", "\n".join(lines)).strip()
        paths = variables_set(text) if line.startswith(">") and "{%" in line else None
        if paths is None:
            kind = "output_option" if line.startswith((">>", "<>")) else "script_not_run"
            draft.lose(f"line {section.before + first + 1}", kind, "scripts are not run")
        self.variables.set_by(draft, len(self.found.requests), paths or {})
        return at

    def _curl(self, section: _Section, at: int) -> None:
        text = "\n".join(section.lines[at:])
        source = Source(self.variables.text(text), None, self.source.folder)
        inner = CurlImporter().read(source)
        for draft in inner.requests:
            draft.pointer = f"line {section.before + at + 1}"
            draft.name = draft.name or section.title
        self.found.requests += inner.requests
        self.found.rejected += inner.rejected
        self.found.losses += inner.losses


def _sections(text: str) -> list[_Section]:
    sections = [_Section(0)]
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("###"):
            sections.append(_Section(number, line.strip("# \t")))
        else:
            sections[-1].lines.append(line)
    return sections
