"""A response, as the rules of paging and polling read it."""

from __future__ import annotations

from typing import Any

from httptask.builtin.response_document import ResponseDocument
from httptask.core.message import HttpResponse
from httptask.hooks.views import DecodedBody, response_output


class Read:
    """One response that has been read.

    Attributes:
        response: its response.
        body: the decoded body.
        output: ``{"response": ...}`` as in a task's output.
    """

    def __init__(self, response: HttpResponse, body: DecodedBody, now: float) -> None:
        self.response, self.body = response, body
        self.output = {"response": response_output(response, body)}
        self._document = ResponseDocument(response, self.output["response"], now)

    def read(self, path: str) -> Any:
        """Return what a path finds first, or None; of a header its first value."""
        found = self._document.find(path)
        value = found[0] if found else None
        of_header = isinstance(value, list) and path.startswith("$.response.headers")
        return (value[0] if value else None) if of_header else value
