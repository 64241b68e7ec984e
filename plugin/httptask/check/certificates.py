"""Check whether the client's certificate, named literally, has ended or ends soon."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from httptask.definition.findings import Finding
from httptask.hooks.task import CompiledTask
from httptask.wire.certificates import ends_at, expiry


def check_certificate(task: CompiledTask) -> Iterator[Finding]:
    """Yield a warning for a certificate that has ended, or ends within 30 days."""
    tls = task.options.get("tls")
    text = tls.get("clientCertificate") if isinstance(tls, Mapping) else None
    if not isinstance(text, str) or not text or "${" in text or "\0" in text:
        return
    path = Path(text) if task.base_dir is None else task.base_dir / text
    told = expiry(ends_at(str(path), ""), time.time())
    if told is not None:
        code, message = told
        pointer = f"{task.pointer}/httptask/tls/clientCertificate"
        yield Finding(code, "warning", message, pointer, "renew it", task.source)
