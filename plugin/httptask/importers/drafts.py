"""What importers give: drafts of requests, and what was lost on the way."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

MAX_FILE: Final = 16 * 1024 * 1024
"""Bytes of a file that a source names and that is put into the definition."""


@dataclass(frozen=True, slots=True)
class Loss:
    """Something of a source that the tasks do not have.

    Attributes:
        pointer: JSON Pointer; for text ``line N`` or the token.
        kind: stable, ``snake_case``.
        message: what is lost, and what stands in its place.
    """

    pointer: str
    kind: str
    message: str


@dataclass(frozen=True, slots=True)
class Source:
    """What is imported.

    Attributes:
        text: its text.
        document: its JSON or YAML value, or None if it is neither an object nor a list.
        folder: where the files that it names are looked for, and nowhere else; or None.
        environment: name of the environment whose variables count, or "".
        name: path of its file below the folder, where the folder is the source.
    """

    text: str
    document: Any = None
    folder: Path | None = None
    environment: str = ""
    name: str = ""

    def file(self, name: str) -> str | None:
        """Return the text of a file below the folder, or None if there is no such text."""
        if self.folder is None:
            return None
        try:
            path = (self.folder / name).resolve()
            if not path.is_relative_to(self.folder.resolve()) or not path.is_file():
                return None
            with path.open("rb") as file:
                content = file.read(MAX_FILE + 1)
            return None if len(content) > MAX_FILE else content.decode()
        except (OSError, ValueError):
            return None


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a multipart body: a value or a file."""

    name: str
    value: str | None = None
    file: str = ""
    filename: str = ""
    content_type: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """A body as text; its content type stands in the headers."""

    text: str


@dataclass(frozen=True, slots=True)
class Form:
    """A form-urlencoded body, its names and values not encoded."""

    fields: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Multipart:
    """A multipart/form-data body."""

    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class File:
    """A file as the body."""

    path: str


FORM: Final = "application/x-www-form-urlencoded"
MULTIPART: Final = "multipart/form-data"

Body = Text | Form | Multipart | File | None


@dataclass(slots=True)
class Draft:
    """A request as its source has it; texts may have holes (``holes.py``).

    Attributes:
        pointer: where it stands in the source.
        name: its name there, or "".
        method: HTTP method.
        url: address, its query as it is written.
        headers: in their order; None is a header that is not to be sent.
        body: the body.
        auth: options of ``httptask.auth``, credentials as they stand in the source.
        request: further fields of ``http_request``.
        options: further fields of ``httptask``.
        output: outputs, as ``httptask.output`` has them.
        losses: what is lost of it.
    """

    pointer: str
    name: str = ""
    method: str = "GET"
    url: str = ""
    headers: list[tuple[str, str | None]] = field(default_factory=list)
    body: Body = None
    auth: dict[str, Any] | None = None
    request: dict[str, Any] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)
    output: dict[str, str] = field(default_factory=dict)
    losses: list[Loss] = field(default_factory=list)

    def lose(self, pointer: str, kind: str, message: str) -> None:
        """Note a loss."""
        self.losses.append(Loss(pointer, kind, message))

    def header(self, name: str) -> str | None:
        """Return the value of the last header of a name, or None."""
        found = [value for each, value in self.headers if each.lower() == name.lower()]
        return found[-1] if found else None

    def default_type(self, media_type: str) -> None:
        """Give the request a content type if it has none."""
        if media_type and self.header("Content-Type") is None:
            self.headers.append(("Content-Type", media_type))


@dataclass(slots=True)
class Drafts:
    """All that a source gives.

    Attributes:
        requests: in the source's order.
        rejected: items that give no request, and why.
        losses: what is lost and belongs to no request.
        defaults: values of variables, for those that become inputs.
    """

    requests: list[Draft] = field(default_factory=list)
    rejected: list[Loss] = field(default_factory=list)
    losses: list[Loss] = field(default_factory=list)
    defaults: dict[str, Any] = field(default_factory=dict)

    def lose(self, pointer: str, kind: str, message: str) -> None:
        """Note a loss that belongs to no request."""
        self.losses.append(Loss(pointer, kind, message))

    def reject(self, pointer: str, kind: str, message: str) -> None:
        """Note an item that gives no request."""
        self.rejected.append(Loss(pointer, kind, message))


class RequestImporter(Protocol):
    """Reads one format. A plugin adds one by ``httptask_request_importers``.

    Attributes:
        name: what ``--format`` calls it.
    """

    name: str

    def claims(self, source: Source) -> bool:
        """Tell whether a source is of this format; cheap, never raises."""
        ...

    def read(self, source: Source) -> Drafts:
        """Return the requests of the source. A value of an unexpected type is a rejected item.

        Raises:
            DefinitionError: the source cannot be read at all.
        """
        ...
