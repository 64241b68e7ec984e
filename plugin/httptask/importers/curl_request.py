"""The options of one curl transfer as a request."""

from __future__ import annotations

import re
from itertools import product
from typing import Final

from httptask.errors import DefinitionError
from httptask.importers.addresses import add_query, scheme_of, with_scheme, without_userinfo
from httptask.importers.curl_data import data_of, encoded, parts_of
from httptask.importers.curl_options import LOSSES, SILENT
from httptask.importers.curl_words import Option
from httptask.importers.drafts import FORM, Draft, File, Multipart, Source, Text

MAX_URLS: Final = 100
_GLOB: Final = re.compile(r"\{([^{}]*)\}|\[(\d+|[a-zA-Z])-(\d+|[a-zA-Z])(?::(\d+))?\]")
_DATA: Final = frozenset(
    {"data", "data-ascii", "data-binary", "data-raw", "data-urlencode", "json"}
)
_UNSIGNED: Final = frozenset({"ntlm", "ntlm-wb", "negotiate", "anyauth"})
_READ: Final = _DATA | frozenset(
    [
        "url",
        "get",
        "head",
        "request",
        "header",
        "user",
        "digest",
        "aws-sigv4",
        "oauth2-bearer",
        "user-agent",
        "referer",
        "cookie",
        "cookie-jar",
        "range",
        "form",
        "form-string",
        "upload-file",
        "url-query",
        "location",
        "max-time",
        "connect-timeout",
        "retry",
        "retry-delay",
        "max-redirs",
        "insecure",
        "proxy",
        "cert",
        "key",
        "cacert",
        "path-as-is",
    ]
)


class RequestOf:
    """Reads the options of one transfer."""

    def __init__(self, group: list[Option], source: Source, stdin: str | None) -> None:
        self.group = group
        self.source = source
        self.stdin = stdin
        self.draft = Draft("curl")

    def drafts(self, url: str) -> list[Draft]:
        """Return the requests to an address, one for each that its braces and ranges stand for.

        Raises:
            DefinitionError: ``scheme_unsupported``, ``shell_syntax``.
        """
        self._losses()
        self._auth()
        self._headers()
        self._body()
        self._settings()
        urls = [url] if self.has("globoff") else _globbed(url)
        return [self._at(each) for each in urls]

    def has(self, name: str) -> bool:
        """Tell whether a flag is on."""
        found = [option.on for option in self.group if option.name == name]
        return bool(found) and found[-1]

    def value(self, name: str) -> str:
        """Return the value of an option; the last one counts."""
        return next((each.value for each in reversed(self.group) if each.name == name), "")

    def _losses(self) -> None:
        for option in self.group:
            if option.name in LOSSES:
                self.draft.lose(option.written, *LOSSES[option.name])
            elif option.name in _UNSIGNED:
                message = "a task has no such authentication without a plugin"
                self.draft.lose(option.written, "security_unsupported", message)
            elif option.name not in _READ | SILENT:
                self.draft.lose(option.written, "option_unknown", "a task has nothing for it")

    def _auth(self) -> None:
        user = self.value("user")
        name, _, password = user.partition(":")
        if token := self.value("oauth2-bearer"):
            self.draft.auth = {"type": "bearer", "token": token}
        elif signer := self.value("aws-sigv4"):
            _, _, region, service = [*signer.split(":"), "", "", "", ""][:4]
            self.draft.auth = {
                "type": "aws-sigv4", "accessKey": name, "secretKey": password, "region": region,
                "service": service,
            }  # fmt: skip
        elif user and not any(self.has(each) for each in _UNSIGNED):
            kind = "digest" if self.has("digest") else "basic"
            self.draft.auth = {"type": kind, "username": name, "password": password}

    def _headers(self) -> None:
        made = self.draft.headers
        if (agent := self.value("user-agent")) or any(o.name == "user-agent" for o in self.group):
            made.append(("User-Agent", agent or None))
        if referer := self.value("referer").removesuffix(";auto"):
            made.append(("Referer", referer))
        if area := self.value("range"):
            made.append(("Range", f"bytes={area}"))
        self._cookies()
        for option in self.group:
            if option.name == "header":
                self._header(option)

    def _header(self, option: Option) -> None:
        if option.value.startswith("@"):
            text = self.source.file(option.value[1:])
            if text is None:
                self.draft.lose(option.value, "file_content_missing", "the headers are not there")
            for line in (text or "").splitlines():
                self._header_line(line)
        else:
            self._header_line(option.value)

    def _header_line(self, line: str) -> None:
        name, colon, value = line.partition(":")
        if colon:
            self.draft.headers.append((name.strip(), value.strip() or None))
        elif line.strip().endswith(";"):
            self.draft.headers.append((line.strip()[:-1], ""))

    def _cookies(self) -> None:
        cookies = [each.value for each in self.group if each.name == "cookie"]
        pairs = [each for each in cookies if "=" in each]
        for name in (each for each in cookies if "=" not in each):
            jar = self.source.file(name)
            if jar is None:
                self.draft.lose(name, "cookie_jar", "the cookies of the file are not there")
            for line in (jar or "").splitlines():
                fields = line.removeprefix("#HttpOnly_").split("\t")
                if len(fields) == 7:
                    pairs.append(f"{fields[5]}={fields[6]}")
        if pairs:
            self.draft.headers.append(("Cookie", "; ".join(pairs)))
        if jar := self.value("cookie-jar"):
            message = f"cookies of the response are not kept in {jar}: map set-cookie to an output"
            self.draft.lose("-c", "cookie_jar", message)

    def _body(self) -> None:
        draft = self.draft
        parts = [each for each in self.group if each.name in ("form", "form-string")]
        data = [each for each in self.group if each.name in _DATA]
        upload = self.value("upload-file")
        if upload:
            draft.body = File(upload)
        elif parts:
            draft.body = Multipart(tuple(parts_of(parts, self)))
        elif data and not self.has("get"):
            draft.body = data_of(data, self)
            self._content_type(json="json" in {each.name for each in data})
        draft.method = self.value("request") or self._method(bool(upload), bool(parts or data))

    def _method(self, upload: bool, body: bool) -> str:
        if self.has("head"):
            return "HEAD"
        if self.has("get"):
            return "GET"
        return "PUT" if upload else "POST" if body else "GET"

    def _content_type(self, *, json: bool) -> None:
        if json and self.draft.header("Accept") is None:
            self.draft.headers.append(("Accept", "application/json"))
        if not any(name.lower() == "content-type" for name, _ in self.draft.headers):
            self.draft.headers.insert(0, ("Content-Type", "application/json" if json else FORM))

    def _settings(self) -> None:
        draft, options = self.draft, self.draft.options
        options["redirects"] = {"follow": self.has("location") or self.has("location-trusted")}
        if (hops := self.value("max-redirs")).isdecimal() and int(hops) <= 50:
            options["redirects"]["max"] = int(hops)
        if self.has("insecure"):
            options["tls"] = {"verify": False}
            draft.lose("-k", "tls_unverified", "kept as tls.verify false: anybody could listen")
        if self.has("path-as-is"):
            draft.lose("--path-as-is", "path_normalised", "dot segments may be taken out")
        if proxy := self.value("proxy"):
            options["proxy"] = with_scheme(proxy)
        self._certificates()
        if (seconds := _seconds(self.value("max-time"))) is not None:
            options["deadlineMs"] = seconds
        if (seconds := _seconds(self.value("connect-timeout"))) is not None:
            draft.request["connectionTimeOut"] = seconds
        if (times := self.value("retry")).isdecimal():
            options["retry"] = {"maxAttempts": min(int(times) + 1, 100)}
            if (delay := _seconds(self.value("retry-delay"))) is not None:
                options["retry"]["initialDelayMs"] = delay

    def _certificates(self) -> None:
        cert, _, phrase = self.value("cert").partition(":")
        given = {
            "clientCertificate": cert,
            "clientKey": self.value("key"),
            "caBundle": self.value("cacert"),
        }
        tls = {name: value for name, value in given.items() if value}
        if tls:
            self.draft.options["tls"] = {**self.draft.options.get("tls", {}), **tls}
        if phrase:
            self.draft.lose("--cert", "key_password", "the key's pass phrase is left out")

    def _at(self, url: str) -> Draft:
        url, name, password = without_userinfo(with_scheme(url.strip()))
        if scheme_of(url) not in ("", "http", "https"):
            raise DefinitionError(
                f"a task does not speak {scheme_of(url)}", code="scheme_unsupported", pointer="curl"
            )
        base = self.draft
        made = Draft("curl", method=base.method, body=base.body, auth=base.auth)
        made.headers, made.options, made.request = base.headers, base.options, base.request
        made.losses = base.losses
        made.url = url.partition("#")[0]
        if name and made.auth is None:
            made.auth = {"type": "basic", "username": name, "password": password}
        if self.has("get"):
            data = data_of([each for each in self.group if each.name in _DATA], self)
            made.url = add_query(made.url, data.text if isinstance(data, Text) else "")
        for option in self.group:
            if option.name == "url-query":
                made.url = add_query(made.url, encoded(option.value, self))
        if isinstance(made.body, File) and self.value("upload-file") and made.url.endswith("/"):
            made.url += re.split(r"[/\\]", made.body.path)[-1]
        return made


def _seconds(text: str) -> int | None:
    try:
        return max(0, min(round(float(text) * 1000), 99_999_999)) or None
    except (ValueError, OverflowError):
        return None


def _globbed(url: str) -> list[str]:
    """Return the addresses that curl's braces and ranges stand for."""
    choices: list[list[str]] = []
    at = number = 0
    for found in _GLOB.finditer(url):
        choices.append([url[at : found.start()]])
        choices.append(_alternatives(found))
        number = max(number, 1) * len(choices[-1])
        at = found.end()
        if number > MAX_URLS:
            message = f"the address stands for more than {MAX_URLS}"
            raise DefinitionError(message, code="request_repeated", pointer="curl")
    return ["".join(each) for each in product(*choices, [url[at:]])]


def _alternatives(found: re.Match[str]) -> list[str]:
    if found[1] is not None:
        return found[1].split(",")
    first, last, step = found[2], found[3], int((found[4] or "1")[:9]) or 1
    if first.isdecimal() and last.isdecimal() and len(first) < 10 and len(last) < 10:
        width = len(first) if first.startswith("0") else 0
        numbers = range(int(first), int(last) + 1, step)[: MAX_URLS + 1]
        return [f"{number:0{width}}" for number in numbers]
    if len(first) == len(last) == 1:
        return [chr(code) for code in range(ord(first), ord(last) + 1, step)]
    return [found[0]]
