"""The built-in importers of requests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from httptask.hooks import hookimpl

if TYPE_CHECKING:
    from httptask.importers.drafts import RequestImporter


class RequestImporters:
    """Contributes the formats of this package."""

    @hookimpl
    def httptask_request_importers(self) -> Sequence[RequestImporter]:
        """Return one importer for each format."""
        from httptask.importers.bruno import BrunoImporter  # noqa: PLC0415 - start-up stays fast
        from httptask.importers.curl import CurlImporter  # noqa: PLC0415 - start-up stays fast
        from httptask.importers.fetch import FetchImporter  # noqa: PLC0415 - start-up stays fast
        from httptask.importers.har import HarImporter  # noqa: PLC0415 - start-up stays fast
        from httptask.importers.http_file import (  # noqa: PLC0415 - start-up stays fast
            HttpFileImporter,
        )
        from httptask.importers.insomnia import (  # noqa: PLC0415 - start-up stays fast
            InsomniaImporter,
        )
        from httptask.importers.postman import PostmanImporter  # noqa: PLC0415 - start-up stays fast
        from httptask.importers.powershell import (  # noqa: PLC0415 - start-up stays fast
            PowerShellImporter,
        )

        return [
            CurlImporter(),
            PowerShellImporter(),
            HarImporter(),
            PostmanImporter(),
            HttpFileImporter(),
            InsomniaImporter(),
            BrunoImporter(),
            FetchImporter(),
        ]
