"""What an author may change so that a refused request is repeated: it depends on the options."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from httptask.core.methods import IDEMPOTENT, as_sent
from httptask.definition.option_parts import DEFAULT_RETRY_STATUSES
from httptask.hooks.task import CompiledTask


def retry_advice(task: CompiledTask, status: int) -> str:
    """Return what to do about a status that may pass.

    Args:
        task: the task; what its options say already is not advised.
        status: the status of its last response.
    """
    retry, pattern = task.options.get("retry"), "429" if status == 429 else "5xx"
    method = task.request.get("method")
    sent = as_sent(method) if isinstance(method, str) else ""
    said = task.options.get("idempotent") or task.options.get("idempotencyKey")
    repeats = bool(said) or sent in IDEMPOTENT or "${" in sent
    key = f"a {sent} is not repeated without idempotencyKey, or idempotent"
    if not isinstance(retry, Mapping):
        return f"add httptask.retry with statuses ['{pattern}']" + ("" if repeats else f": {key}")
    if not _covers(retry.get("statuses") or DEFAULT_RETRY_STATUSES, status):
        return f"add '{pattern}' to statuses of httptask.retry"
    if not repeats:
        return f"httptask.retry has no effect here: {key}"
    return "httptask.retry has made its attempts: raise maxAttempts, or wait longer"


def _covers(statuses: Any, status: int) -> bool:
    text, listed = str(status), statuses if isinstance(statuses, list) else [statuses]
    return any(str(each).lower() in (text, f"{text[0]}xx") or "${" in str(each) for each in listed)
