"""Files, folders, archives, URLs and API lists to documents, one at a time."""

from __future__ import annotations

import io
import lzma
import shutil
import struct
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, Any
from urllib.parse import urljoin, urlsplit

from httptask.catalog.documents.parsing import MAX_BYTES, parse
from httptask.errors import CatalogError, HttpTaskError

Json = Any
Fetch = Callable[[str, bool], bytes]
"""Returns the bytes of a URL; told whether the user named exactly this one."""

SUFFIXES = (".json", ".yaml", ".yml")
ARCHIVES = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz", ".zip")
MAX_MEMBERS = 100_000
MAX_UNPACKED = 4 * 1024**3


_DAMAGED = (
    EOFError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
    lzma.LZMAError,
    struct.error,
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
)
"""What the readers of archives raise for damaged ones."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A document that may be an API description.

    Attributes:
        source: file path, ``ARCHIVE!MEMBER`` or URL; identifies it in the catalogue.
        read: returns its bytes; raises `HttpTaskError`.
        link: returns the JSON of a document it refers to, by relative or absolute URI.
        named: True if the user named exactly this document, so that it must be a description.
    """

    source: str
    read: Callable[[], bytes]
    link: Callable[[str], Json]
    named: bool = False


def refuse_fetch(url: str, named: bool) -> bytes:
    """Refuse, as long as nobody says how to fetch."""
    del named
    raise CatalogError(
        f"{url} is not fetched: no fetch function was given",
        code="fetch_refused",
        source=url,
        hint="download it, and add the file",
    )


@contextmanager
def candidates(
    source: str | Path, fetch: Fetch = refuse_fetch, *, remote: bool = False
) -> Iterator[list[Candidate]]:
    """Give all documents of a source; unpacked archives live as long as the context.

    Args:
        source: file, folder, archive or http(s) URL; a list in the APIs.guru format counts as
            all the documents it names.
        fetch: returns the bytes of a URL, under whatever policy the caller has.
        remote: True lets local documents refer to URLs.

    Raises:
        CatalogError: ``source_missing``, ``archive_unsafe`` or ``document_unreadable``.
    """
    text = str(source)
    if urlsplit(text).scheme in ("http", "https"):
        yield _from_url(text, fetch)
        return
    path = Path(source).expanduser()
    if not _exists(path):
        raise CatalogError(f"there is no file {text!r}", code="source_missing", source=text)
    links = fetch if remote else refuse_remote
    if path.is_dir():
        yield _from_folder(path.resolve(), links)
    elif path.name.lower().endswith(ARCHIVES):
        with tempfile.TemporaryDirectory(prefix="httptask-catalog-") as folder:
            damaged = unpack(path, Path(folder))
            name = f"{path.resolve()}!"
            yield [*_from_folder(Path(folder), links, name), *_damaged(damaged, name)]
    else:
        path = path.resolve()
        listed = _listed(_peek(path), path.parent, "", links)
        single = _local(path, path.parent, str(path), links, named=True)
        yield listed if listed is not None else [single]


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # a name that is too long, or has a NUL
        return False


def refuse_remote(url: str, named: bool) -> bytes:
    """Refuse to follow a reference from a local document to a URL."""
    del named
    raise CatalogError(
        f"the reference to {url[:200]} is not followed from a local document",
        code="ref_remote",
        hint="allow remote references, or bundle the document",
    )


def _from_url(url: str, fetch: Fetch) -> list[Candidate]:
    data = fetch(url, True)
    document = parse(data, url) if data[:4096].find(b"swaggerUrl") >= 0 else None
    listed = _listed(document, None, url, fetch)
    if listed is not None:
        return listed
    return [Candidate(url, lambda: data, _linked(url, fetch), named=True)]


def _linked(url: str, fetch: Fetch) -> Callable[[str], Json]:
    """Return how the documents that a fetched one refers to are read."""
    return lambda uri: parse(fetch(urljoin(url, uri), False), uri)


def _from_folder(root: Path, fetch: Fetch, prefix: str = "") -> list[Candidate]:
    found = []
    for path in sorted(root.rglob("*")):
        if path.suffix.lower() not in SUFFIXES or not path.is_file():
            continue
        if root not in path.resolve().parents:
            continue
        name = prefix + path.relative_to(root).as_posix() if prefix else str(path)
        found.append(_local(path, root, name, fetch))
    return found


def _local(path: Path, root: Path, name: str, fetch: Fetch, *, named: bool = False) -> Candidate:
    def link(uri: str) -> Json:
        if urlsplit(uri).scheme:
            return parse(fetch(uri, False), uri)
        target = (path.parent / uri).resolve()
        if root.resolve() not in target.parents or not target.is_file():
            raise CatalogError(
                f"{uri[:200]!r} is not in the folder that was added",
                code="ref_external",
                hint="add the folder that holds all the files",
            )
        return parse(_read(target), uri)

    return Candidate(name, lambda: _read(path), link, named)


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise CatalogError(
                f"more than {MAX_BYTES:,} bytes", code="document_too_large", source=str(path)
            )
        return path.read_bytes()
    except OSError as error:
        raise CatalogError(
            f"cannot be read: {error.strerror}", code="source_missing", source=str(path)
        ) from error


def _peek(path: Path) -> Json:
    """Parse a file only if it looks like an API list."""
    data = _read(path)
    if b"swaggerUrl" not in data[: 1 << 20]:
        return None
    try:
        return parse(data, str(path))
    except HttpTaskError:
        return None


def _listed(document: Json, folder: Path | None, base: str, fetch: Fetch) -> list[Candidate] | None:
    """Return the preferred versions that an APIs.guru list names, or None if it is not a list."""
    if not isinstance(document, Mapping) or "paths" in document:
        return None
    versions = [_preferred(entry) for entry in document.values()]
    urls = [version["swaggerUrl"] for version in versions if version]
    return [_of_list(url, base, folder, fetch) for url in urls] or None


def _preferred(entry: Json) -> Mapping[str, str] | None:
    versions = entry.get("versions") if isinstance(entry, Mapping) else None
    if not isinstance(versions, Mapping) or not versions:
        return None
    chosen = versions.get(entry.get("preferred"), next(iter(versions.values())))
    is_usable = isinstance(chosen, Mapping) and isinstance(chosen.get("swaggerUrl"), str)
    return chosen if is_usable else None


def _of_list(written: str, base: str, folder: Path | None, fetch: Fetch) -> Candidate:
    """Return a listed document: the copy beside a local list, else the URL."""
    try:
        url = urljoin(base, written)
        parts = PurePosixPath(urlsplit(url).path.lstrip("/").replace("\0", "")).parts
    except ValueError:
        error = CatalogError("not a URL", code="source_missing", source=written)
        return Candidate(written, partial(_refuse, error), _linked("", refuse_remote))
    for start in range(len(parts)) if folder else ():
        path = folder.joinpath(*parts[start:]) if folder else Path()
        if folder and path.is_file() and folder.resolve() in path.resolve().parents:
            return _local(path, folder, str(path), refuse_remote)
    return Candidate(url, lambda: _fetched(url, fetch), _linked(url, fetch))


def _fetched(url: str, fetch: Fetch) -> bytes:
    if not urlsplit(url).scheme:
        raise CatalogError("the list's folder has no such file", code="source_missing", source=url)
    return fetch(url, False)


def unpack(path: Path, folder: Path) -> dict[str, CatalogError]:
    """Unpack the JSON and YAML files of an archive, and nothing else.

    Returns:
        What is wrong with the members that are damaged; after one of a tar nothing is read.

    Raises:
        CatalogError: ``archive_unsafe``, or ``document_unreadable`` of the archive as a whole.
    """
    damaged: dict[str, CatalogError] = {}
    try:
        if path.name.lower().endswith(".zip"):
            with zipfile.ZipFile(path) as archive:
                _unpack_zip(archive, folder, str(path), damaged)
        else:
            with tarfile.open(path, "r|*") as archive:
                _unpack_tar(archive, folder, str(path))
    except _DAMAGED as error:
        whole = _unpackable(error, str(path))
        if not any(folder.rglob("*.*")):
            raise whole from error
        damaged["(the rest)"] = whole
    return damaged


def _unpackable(error: Exception, source: str) -> CatalogError:
    text = f"cannot be unpacked: {error or type(error).__name__}"
    return CatalogError(text, code="document_unreadable", source=source)


def _damaged(members: Mapping[str, CatalogError], prefix: str) -> Iterator[Candidate]:
    """Yield what stands for members that cannot be read, so that each is told."""
    for member, error in members.items():
        yield Candidate(prefix + member, partial(_refuse, error), _linked("", refuse_remote))


def _refuse(error: CatalogError) -> bytes:
    raise error


def _unpack_zip(
    archive: zipfile.ZipFile, folder: Path, source: str, damaged: dict[str, CatalogError]
) -> None:
    budget = _Budget(source)
    for member in archive.infolist():
        target = _target(folder, member.filename)
        if not target or member.is_dir():
            continue
        try:
            with archive.open(member) as stream:
                budget.copy(stream, target)
        except _DAMAGED as error:
            target.unlink(missing_ok=True)
            damaged[member.filename] = _unpackable(error, f"{source}!{member.filename}")


def _unpack_tar(archive: tarfile.TarFile, folder: Path, source: str) -> None:
    budget = _Budget(source)
    for member in archive:
        target = _target(folder, member.name)
        stream = archive.extractfile(member) if target and member.isreg() else None
        if not stream or not target:
            continue
        try:
            budget.copy(stream, target)
        except _DAMAGED:
            target.unlink(missing_ok=True)
            raise


def _target(folder: Path, name: str) -> Path | None:
    pure = PurePosixPath(name)
    if pure.suffix.lower() not in SUFFIXES or pure.is_absolute() or ".." in pure.parts:
        return None
    return folder.joinpath(*pure.parts)


@dataclass(slots=True)
class _Budget:
    """Counts what an archive unpacks to."""

    source: str
    members: int = 0
    size: int = 0

    def copy(self, stream: IO[bytes], target: Path) -> None:
        self.members += 1
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as file:
            shutil.copyfileobj(_Limited(stream, MAX_BYTES + 1), file)
        self.size += target.stat().st_size
        if self.members > MAX_MEMBERS or self.size > MAX_UNPACKED:
            raise CatalogError(
                "the unpacked archive is too large", code="archive_unsafe", source=self.source
            )


class _Limited(io.RawIOBase):
    """Reads at most so many bytes of a stream."""

    def __init__(self, stream: IO[bytes], limit: int) -> None:
        self._stream = stream
        self._left = limit

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, none once the limit is reached."""
        wanted = self._left if size < 0 else min(size, self._left)
        data = self._stream.read(wanted) if wanted else b""
        self._left -= len(data)
        return data
