"""``Invoke-RestMethod`` and ``Invoke-WebRequest`` of PowerShell, read and not run."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from httptask.errors import DefinitionError
from httptask.importers.addresses import with_scheme
from httptask.importers.bash import MOST_PUT_IN
from httptask.importers.drafts import FORM, Draft, Drafts, File, Form, Multipart, Part, Source, Text
from httptask.importers.holes import secret, variable

_COMMAND: Final = re.compile(r"\b(?:Invoke-RestMethod|Invoke-WebRequest|irm|iwr)\b", re.IGNORECASE)
_TOKEN: Final = re.compile(
    r"""(?P<skip>[ \t\r]+|`\r?\n|\#[^\n]*)
    |(?P<here>@(?P<mark>["'])[ \t]*\r?\n(?P<inside>.*?)\r?\n(?P=mark)@)
    |(?P<double>"(?:[^"`]|`.|"")*")
    |(?P<single>'(?:[^']|'')*')
    |(?P<open>@\{|@\(|\$\(|[({\[])
    |(?P<close>[)}\]])
    |(?P<end>[;\n]|\|(?!\|))
    |(?P<assign>=)
    |(?P<comma>,)
    |(?P<variable>\$(?:env:)?\{?[A-Za-z_][\w:]*\}?)
    |(?P<option>-[A-Za-z][\w-]*:?)
    |(?P<word>[^\s"'(){}\[\];|=,]+|.)""",
    re.VERBOSE | re.DOTALL,
)
_VARIABLE: Final = re.compile(r"\$(\{?)(env:)?([A-Za-z_]\w*)\}?|\$\([^)]*\)", re.IGNORECASE)
_ESCAPE: Final = re.compile(r"`(.)", re.DOTALL)
_ESCAPES: Final = {"n": "\n", "r": "\r", "t": "\t", "0": "\0", "a": "\a", "b": "\b", "f": "\f"}
_COOKIE: Final = re.compile(
    r"""System\.Net\.Cookie\(\s*["']([^"']*)["']\s*,\s*["']([^"']*)["']""", re.IGNORECASE
)
_AGENT: Final = re.compile(r"""\$\w+\.UserAgent\s*=\s*["']([^"'\n]*)["']""")
_MOST_TOKENS: Final = 200_000
_DEPTH: Final = 50
_ITEM: Final = frozenset({"get-item", "gi", "get-childitem", "gci"})
_QUIET: Final = frozenset(
    {"usebasicparsing", "outfile", "passthru", "verbose", "session", "websession"}
)


def is_powershell(text: str) -> bool:
    """Tell whether a text calls one of the commands that send requests."""
    return _COMMAND.search(text[:65536]) is not None


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    at: int


class PowerShellImporter:
    """Commands of PowerShell."""

    name = "powershell"

    def claims(self, source: Source) -> bool:
        """Tell whether a request is sent by a command of PowerShell."""
        return source.document is None and is_powershell(source.text)

    def read(self, source: Source) -> Drafts:
        """Return the request of each command."""
        found = Drafts()
        try:
            _Script(source.text, found).read()
        except DefinitionError as error:
            found.reject(error.pointer, error.code, error.message)
        return found


class _Item(str):
    """The path of a file that a command gives, not a text."""

    __slots__ = ()


class _Script:
    """Reads statements; variables that hold texts and tables are put in."""

    def __init__(self, text: str, found: Drafts) -> None:
        self.found = found
        self.text = text
        self.tokens = [
            _Token(match.lastgroup or "", match[0], match.start())
            for match in _TOKEN.finditer(text)
            if match["skip"] is None
        ]
        self.at = self.grown = 0
        self.values: dict[str, Any] = {}
        if len(self.tokens) > _MOST_TOKENS:
            raise DefinitionError("the script is too long", code="document_too_large")

    def read(self) -> None:
        """Read all statements."""
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            following = self.tokens[self.at + 1] if self.at + 1 < len(self.tokens) else None
            if token.kind == "variable" and following and following.kind == "assign":
                self.at += 2
                if not self._sends():
                    self.values[_name(token.text)] = self._value(0)
            elif self._sends():
                continue
            else:
                self.at += 1

    def _sends(self) -> bool:
        token = self.tokens[self.at] if self.at < len(self.tokens) else None
        if token is None or token.kind != "word" or not _COMMAND.fullmatch(token.text):
            return False
        self.at += 1
        self._command()
        return True

    def _command(self) -> None:
        options: dict[str, Any] = {}
        while self.at < len(self.tokens) and self.tokens[self.at].kind not in ("end", "close"):
            token = self.tokens[self.at]
            if token.kind == "option":
                self.at += 1
                options[token.text.strip("-:").lower()] = self._option_value()
            else:
                options.setdefault("uri", self._value(0))
        self._request(options)

    def _option_value(self) -> Any:
        token = self.tokens[self.at] if self.at < len(self.tokens) else None
        if token is None or token.kind in ("option", "end"):
            return True
        return self._value(0)

    def _value(self, depth: int) -> Any:
        """Read a value: a text, a table, or a variable; and what ``ConvertTo-Json`` makes of it."""
        if depth > _DEPTH:
            raise DefinitionError("nested too deep", code="document_too_deep")
        if self.at >= len(self.tokens):
            return ""
        token = self.tokens[self.at]
        self.at += 1
        value: Any = token.text
        if token.kind == "here" or token.text.startswith('@"') or token.text.startswith("@'"):
            value = self._here(token)
        elif token.kind == "double":
            value = self._expanded(token.text[1:-1].replace('""', '`"'))
        elif token.kind == "single":
            value = token.text[1:-1].replace("''", "'")
        elif token.kind == "variable":
            value = self._of_variable(token.text)
        elif token.text == "@{":
            value = self._table(depth)
        elif token.kind == "open":
            value = self._list(depth, array=token.text == "@(")
        elif token.kind == "word":
            value = self._word(token.text, depth)
        return self._as_json(value)

    def _word(self, text: str, depth: int) -> Any:
        """Return a number, a text, or the file that a command gives; its options do not matter."""
        if text.lower() not in _ITEM:
            return int(text) if text.isdecimal() and len(text) < 19 else text
        while self.at < len(self.tokens) and self.tokens[self.at].kind == "option":
            self.at += 1
        path = _text(self._value(depth + 1)).replace("\\", "/")
        return _Item(path.removeprefix("./"))

    def _as_json(self, value: Any) -> Any:
        ahead = [each.text.lower() for each in self.tokens[self.at : self.at + 2]]
        if ahead == ["|", "convertto-json"]:
            self.at += 2
            while self.at < len(self.tokens) and self.tokens[self.at].kind in ("option", "word"):
                self.at += 1
            return json.dumps(value, ensure_ascii=False)
        return value

    def _here(self, token: _Token) -> str:
        inside = re.sub(r"\A@[\"'][ \t]*\r?\n|\r?\n[\"']@\Z", "", token.text)
        return self._expanded(inside) if token.text[1] == '"' else inside

    def _expanded(self, text: str) -> str:
        made, at = [], 0
        for escape in _ESCAPE.finditer(text):
            made.append(_VARIABLE.sub(self._in_text, text[at : escape.start()]))
            made.append(_ESCAPES.get(escape[1], escape[1]))
            at = escape.end()
        return "".join([*made, _VARIABLE.sub(self._in_text, text[at:])])

    def _in_text(self, found: re.Match[str]) -> str:
        if found[3] is None:
            message = "commands are not run: an input takes the place"
            self.found.lose(found[0][:200], "shell_not_run", message)
            return variable("_".join(re.findall(r"[A-Za-z_]\w*", found[0])[:3]) or "value")
        value = _text(self._of_variable(found[0]))
        self.grown += len(value)
        if self.grown > MOST_PUT_IN:
            message = f"variables stand for more than {MOST_PUT_IN:,} characters"
            raise DefinitionError(message, code="document_too_large", pointer=found[0][:60])
        return value

    def _of_variable(self, written: str) -> Any:
        name = _name(written)
        if name in ("true", "false", "null"):
            return {"true": True, "false": False, "null": None}[name]
        if name.startswith("env:"):
            return secret(written.strip("${}").partition(":")[2])
        if name in self.values:
            return self.values[name]
        return variable(written.strip("${}"))

    def _table(self, depth: int) -> dict[str, Any]:
        made: dict[str, Any] = {}
        while self.at < len(self.tokens) and self.tokens[self.at].kind != "close":
            if self.tokens[self.at].kind == "end":
                self.at += 1
                continue
            key = self._value(depth + 1)
            if self.at < len(self.tokens) and self.tokens[self.at].kind == "assign":
                self.at += 1
            made[str(key)] = self._values(depth)
        self.at += 1
        return made

    def _values(self, depth: int) -> Any:
        """Read a value, or the list that several make with commas between them."""
        made = [self._value(depth + 1)]
        while self.at < len(self.tokens) and self.tokens[self.at].kind == "comma":
            self.at += 1
            made.append(self._value(depth + 1))
        return made if len(made) > 1 else made[0]

    def _list(self, depth: int, *, array: bool) -> Any:
        made = []
        while self.at < len(self.tokens) and self.tokens[self.at].kind != "close":
            if self.tokens[self.at].kind in ("comma", "end"):
                self.at += 1
            else:
                made.append(self._value(depth + 1))
        self.at += 1
        return made if array or len(made) != 1 else self._as_json(made[0])

    def _request(self, options: dict[str, Any]) -> None:
        uri = options.get("uri")
        if not isinstance(uri, str) or not uri:
            self.found.reject("Invoke-RestMethod", "address_missing", "the command has no address")
            return
        method = options.get("method", options.get("custommethod"))
        draft = Draft("Invoke-RestMethod", method=method if isinstance(method, str) else "GET")
        draft.url = with_scheme(uri)
        if agent := _AGENT.search(self.text):
            draft.headers.append(("User-Agent", agent[1]))
        self._headers(draft, options)
        self._body(draft, options)
        self._settings(draft, options)
        self.found.requests.append(draft)

    def _headers(self, draft: Draft, options: dict[str, Any]) -> None:
        headers = options.get("headers")
        for name, value in headers.items() if isinstance(headers, dict) else ():
            pseudo = name.lower() in ("method", "authority", "scheme", "path")
            if not pseudo:
                draft.headers.append((name, _text(value)))
        if isinstance(agent := options.get("useragent"), str):
            draft.headers.append(("User-Agent", agent))
        if {"session", "websession"} & options.keys() and (pairs := _COOKIE.findall(self.text)):
            draft.headers.append(("Cookie", "; ".join(f"{name}={value}" for name, value in pairs)))
        token = options.get("token")
        if isinstance(token, str) and str(options.get("authentication", "")).lower() == "bearer":
            draft.auth = {"type": "bearer", "token": token}
        elif "credential" in options or "usedefaultcredentials" in options:
            message = "name and password are asked for by Windows: they are not in the script"
            draft.lose("-Credential", "credential_not_exported", message)
        if isinstance(kind := options.get("contenttype"), str):
            draft.headers.append(("Content-Type", kind))

    def _body(self, draft: Draft, options: dict[str, Any]) -> None:
        body = options.get("body")
        if isinstance(options.get("infile"), str):
            draft.body = File(options["infile"])
        elif isinstance(options.get("form"), dict):
            draft.body = Multipart(tuple(_parts(options["form"])))
        elif isinstance(body, dict):
            fields = tuple((name, _text(value)) for name, value in body.items())
            if draft.method.upper() == "GET":
                query = "&".join(f"{name}={value}" for name, value in fields)
                draft.url += ("&" if "?" in draft.url else "?") + query
            else:
                draft.body = Form(fields)
        elif isinstance(body, str):
            draft.body = Text(body)
            draft.default_type(FORM)

    def _settings(self, draft: Draft, options: dict[str, Any]) -> None:
        known = {
            "uri", "method", "custommethod", "headers", "body", "contenttype", "infile", "form",
            "useragent", "token", "authentication", "credential", "timeoutsec",
            "maximumredirection", "skipcertificatecheck", "usedefaultcredentials",
        }  # fmt: skip
        if isinstance(seconds := options.get("timeoutsec"), int) and 0 < seconds < 99_999:
            draft.options["deadlineMs"] = seconds * 1000
        if isinstance(hops := options.get("maximumredirection"), int) and hops <= 50:
            draft.options["redirects"] = {"max": hops} if hops else {"follow": False}
        if options.get("skipcertificatecheck"):
            draft.options["tls"] = {"verify": False}
            draft.lose("-SkipCertificateCheck", "tls_unverified", "kept as tls.verify false")
        for name in options.keys() - known - _QUIET:
            draft.lose(f"-{name}", "option_unknown", "a task has nothing for it")


def _parts(form: dict[str, Any]) -> Iterator[Part]:
    """Yield the parts that ``-Form`` makes of a table."""
    for name, value in form.items():
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, _Item):
                yield Part(name, None, str(each))
            else:
                yield Part(name, _text(each))


def _name(written: str) -> str:
    return written.strip("${}").lower()


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
