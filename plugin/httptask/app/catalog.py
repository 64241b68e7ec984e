"""The catalogue as every caller uses it: with the formats of plugins, and downloads of URLs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Self

from httptask import catalog as room
from httptask.catalog import DocumentChange, Importer, Progress
from httptask.core.first_use import cached_property

if TYPE_CHECKING:  # a search needs neither plugins nor a pipeline
    from httptask.catalog.documents.sources import Fetch
    from httptask.hooks import PluginManager


class Catalog(room.Catalog):
    """API descriptions as searchable, ready-to-test HTTP tasks; open it with ``Catalog.open``.

    What Python callers use as ``httptask.Catalog``, and the commands and the editor too.
    """

    _given: PluginManager | None = None
    _allow_hosts: Sequence[str] = ()

    @classmethod
    def open(
        cls,
        path: str | Path | None = None,
        *,
        read_only: bool = False,
        importers: Iterable[Importer] = (),
        manager: PluginManager | None = None,
        allow_hosts: Iterable[str] = (),
    ) -> Self:
        """Open a catalogue; nothing is read or created yet.

        Args:
            path: its folder; None takes ``HTTPTASK_CATALOG`` or the platform's data folder.
            read_only: True never writes, not even the search index.
            importers: further formats, asked first.
            manager: the plugins, whose formats are asked next; by default all that are installed.
            allow_hosts: addresses that are not public and may be downloaded from, HOST[:PORT].
        """
        opened = super().open(path, read_only=read_only, importers=importers)
        opened._given, opened._allow_hosts = manager, tuple(allow_hosts)
        return opened

    @cached_property
    def _manager(self) -> PluginManager:
        from httptask.plugins import build_manager  # noqa: PLC0415 - start-up: a search needs none

        return self._given or build_manager()

    def importers(self) -> list[Importer]:
        """Return the formats beside the built-in ones, the plugins' last."""
        contributed = self._manager.hook.httptask_importers()
        return [*super().importers(), *(each for some in contributed for each in some)]

    def _fetch(self) -> Fetch:
        from httptask.app.download import fetcher  # noqa: PLC0415 - start-up, as above

        return fetcher(self._manager, self._allow_hosts)

    def beginning(self, text: str, limit: int = 100) -> list[str]:
        """Return what may be meant by the beginning of an operation's id; see ``Lookup``."""
        return self._lookup.beginning(text, limit)

    def add(
        self,
        *sources: str | Path,
        fetch: Fetch | None = None,
        remote_refs: bool = False,
        progress: Callable[[Progress], None] | None = None,
    ) -> list[DocumentChange]:
        """Add or update documents, as ``httptask catalog add`` does.

        Arguments and errors are those of the catalogue's own; URLs are downloaded as a task's
        request is made, unless ``fetch`` does it.
        """
        return super().add(
            *sources, fetch=fetch or self._fetch(), remote_refs=remote_refs, progress=progress
        )

    def update(
        self,
        *apis: str,
        fetch: Fetch | None = None,
        remote_refs: bool = False,
        progress: Callable[[Progress], None] | None = None,
    ) -> list[DocumentChange]:
        """Read the known documents again, as ``httptask catalog update`` does; see ``add``."""
        return super().update(
            *apis, fetch=fetch or self._fetch(), remote_refs=remote_refs, progress=progress
        )
