"""What the machine, not the author, decides: exceptions of the egress policy, folders, secrets.

=============================== ==========================================================
``HTTPTASK_ALLOW_HOSTS``        HOST[:PORT] texts, separated by commas or blanks
``HTTPTASK_DATA``               folder of runs, stored files and the catalogue
``HTTPTASK_SECRET_ORIGINS_X``   origins that secret X may go to, besides literal ones; with the word
                                ``only`` in front: instead of them
``HTTPTASK_TLS_FOLDERS``        folders below which a definition may name certificates
``HTTPTASK_CONNECTIONS``        file of connections, if not ``connections.json`` in the data folder
``HTTPTASK_TRANSPORT``          kind of the transport that sends; ``http1`` by default
``HTTPTASK_POLL_FLOOR``         least seconds between two polls of an operation; 0 by default
``CONDUCTOR_ENV_X``             value of ``${workflow.env.X}``
=============================== ==========================================================
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import platformdirs

from httptask.core.egress import EgressPolicy
from httptask.core.execution import Execution
from httptask.core.first_use import cached_property
from httptask.core.permissions import SecretOrigins
from httptask.core.sensitive import Redactor
from httptask.core.vault import Vault
from httptask.definition.poll_options import MAX_INTERVAL
from httptask.errors import DefinitionError
from httptask.expressions import Context, conductor_env
from httptask.hooks.connections import bound_secrets, connected
from httptask.hooks.task import CompiledTask, literal_origin
from httptask.hooks.views import TaskCall

_ORIGINS = "HTTPTASK_SECRET_ORIGINS_"


@dataclass(frozen=True)
class Settings:
    """The machine's side of every task execution.

    Attributes:
        policy: where requests may go.
        data: folder of runs, stored files and the catalogue.
        author: whether the definition comes from the author's own command line, so that loopback
            endpoints written literally in it may be called on the first hop, and certificates may
            be anywhere.
        secret_origins: origins configured for a secret, by its name.
        env: what ``${workflow.env.NAME}`` may read.
        tls_folders: folders below which a definition may name certificates, besides its own.
        transport: kind of the transport that sends; "": the one that the plugin manager names.
        poll_floor: least seconds between two polls where no response asks for another time.
        connections: file of connections; None: ``connections.json`` in the data folder.
    """

    policy: EgressPolicy
    data: Path
    author: bool = False
    secret_origins: Mapping[str, SecretOrigins] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)
    tls_folders: tuple[Path, ...] = ()
    transport: str = ""
    poll_floor: float = 0.0
    connections: Path | None = None

    @classmethod
    def from_environment(
        cls, *, allow_hosts: Iterable[str] = (), data: Path | None = None, author: bool = False
    ) -> Settings:
        """Read the settings of this process.

        Raises:
            DefinitionError: an allowed host, a secret's origin or the floor cannot be read.
        """
        listed = os.environ.get("HTTPTASK_ALLOW_HOSTS", "").replace(",", " ").split()
        return cls(
            policy=EgressPolicy.of([*allow_hosts, *listed]),
            data=(data or default_data()).absolute(),
            author=author,
            secret_origins=_secret_origins(),
            env=conductor_env(os.environ),
            tls_folders=_tls_folders(),
            transport=os.environ.get("HTTPTASK_TRANSPORT", ""),
            poll_floor=_poll_floor(),
            connections=_connections(),
        )

    @cached_property
    def files(self) -> Path:
        """Return the folder of stored files."""
        return self.data / "files"

    @property
    def connections_file(self) -> Path:
        """Return the file of connections."""
        return self.connections or self.data / "connections.json"

    def call(
        self,
        task: CompiledTask,
        context: Context,
        execution: Execution,
        *,
        redactor: Redactor | None = None,
        inputs: Mapping[str, Any] | None = None,
        given_secrets: frozenset[str] = frozenset(),
        mode: str = "run",
        keeps: bool = False,
        cancelled: threading.Event | None = None,
    ) -> TaskCall:
        """Return the call of a task under these settings.

        With ``keeps``, secrets of its response are kept for later tasks of the same run.
        """
        policy, secret_origins = self.policy, self.secret_origins
        if task.auth_kind == "connection":
            task = connected(task, self.connections_file)
            secret_origins = bound_secrets(task, secret_origins)
        if self.author:
            policy = policy.with_literal(task.loopback_candidates)
        return TaskCall(
            task=task,
            context=context,
            execution=execution,
            policy=policy,
            redactor=redactor or Redactor(),
            files=self.files,
            data=self.data,
            inputs=inputs,
            given_secrets=given_secrets,
            mode=mode,
            secret_origins=secret_origins,
            tls_folders=None if self.author else self.tls_folders,
            vault=Vault(self.data / "kept") if keeps else None,
            cancelled=cancelled,
            transport=self.transport,
            poll_floor=self.poll_floor,
        )


def default_data() -> Path:
    """Return ``HTTPTASK_DATA``, or the platform's folder for user data."""
    configured = os.environ.get("HTTPTASK_DATA")
    return Path(configured) if configured else platformdirs.user_data_path("httptask")


def _connections() -> Path | None:
    configured = os.environ.get("HTTPTASK_CONNECTIONS")
    return Path(configured).absolute() if configured else None


def _poll_floor() -> float:
    text = os.environ.get("HTTPTASK_POLL_FLOOR") or "0"
    try:
        found = float(text)
    except ValueError:
        found = -1.0
    if not 0 <= found <= MAX_INTERVAL:
        raise DefinitionError(
            f"HTTPTASK_POLL_FLOOR: {text!r} is not a number of seconds",
            code="poll_floor_invalid",
            hint=f"a number from 0 to {MAX_INTERVAL:g}",
        )
    return found


def _tls_folders() -> tuple[Path, ...]:
    listed = os.environ.get("HTTPTASK_TLS_FOLDERS", "").split(os.pathsep)
    return tuple(Path(text).absolute() for text in listed if text)


def _secret_origins() -> dict[str, SecretOrigins]:
    return {
        name.removeprefix(_ORIGINS): _origins(name, text.replace(",", " ").split())
        for name, text in os.environ.items()
        if name.startswith(_ORIGINS)
    }


def _origins(variable: str, words: list[str]) -> SecretOrigins:
    only = words[:1] == ["only"]
    return SecretOrigins(frozenset(_origin(each, variable) for each in words[only:]), only)


def _origin(text: str, variable: str) -> str:
    origin = literal_origin(text)
    if origin is None:
        raise DefinitionError(
            f"{variable}: {text!r} is not an origin",
            code="secret_origin_invalid",
            hint="for example https://api.example.com",
        )
    return str(origin)
