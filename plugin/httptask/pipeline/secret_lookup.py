"""The secrets of one task execution: asked of the plugins once, and registered at once."""

from __future__ import annotations

import pluggy

from httptask.core.sensitive import texts_in_json
from httptask.errors import CredentialsError, HttpTaskError
from httptask.hooks.views import TaskCall


class Secrets:
    """Looks secrets up by name.

    Args:
        get_secret: the hook that plugins implement.
        call: the execution that asks.
    """

    def __init__(self, get_secret: pluggy.HookCaller, call: TaskCall) -> None:
        self._get_secret, self._asking = get_secret, call
        self._found: dict[str, str | None] = {}

    def __call__(self, name: str) -> str | None:
        """Return a secret, or None when nobody has it.

        Raises:
            CredentialsError: a plugin failed to give it.
        """
        if name not in self._found:
            value = self._given(name)
            if value is not None:
                redactor = self._asking.redactor
                redactor.register(value, name)
                for text in texts_in_json(value):
                    redactor.register(text)
            self._found[name] = value
        return self._found[name]

    def _given(self, name: str) -> str | None:
        try:
            value = self._get_secret(name=name, call=self._asking)
        except HttpTaskError:
            raise
        except Exception as cause:
            raise CredentialsError(
                f"a plugin failed to give the secret {name!r}: {type(cause).__name__}",
                code="secret_unreadable",
                retryable=False,
            ) from cause
        if value is not None and not isinstance(value, str):
            raise CredentialsError(
                f"a plugin returned a {type(value).__name__} as the secret {name!r}",
                code="secret_unreadable",
                retryable=False,
            )
        return value
