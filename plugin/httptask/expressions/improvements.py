"""Where the language differs from Conductor's on purpose; everything else is the same."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Improvement:
    """One deliberate difference.

    Attributes:
        id: stable name.
        why: what is different and the reason.
    """

    id: str
    why: str


IMPROVEMENTS = (
    Improvement(
        "environment-closed",
        "Only CONDUCTOR_ENV_* is readable, as ${workflow.env.NAME}. On Conductor ${PATH} or "
        "${java.version} gives whoever writes a definition the server's environment.",
    ),
    Improvement(
        "secret-escape",
        "$${workflow.secrets.X} stays the text ${workflow.secrets.X}. Conductor puts the secret "
        "in all the same.",
    ),
    Improvement(
        "secret-in-data",
        "A placeholder ${workflow.secrets.X} that arrives as data is not resolved. On Conductor "
        "whoever sends an input can read any secret.",
    ),
    Improvement(
        "secret-name-literal",
        "The name of a secret cannot be computed: such a reference has no value and is reported. "
        "Conductor cuts at the first brace and leaves '}'.",
    ),
    Improvement(
        "append-copies",
        "append() returns a new list. On Conductor it changes the stored input.",
    ),
    Improvement(
        "scan-in-order",
        "After '..' an index, slice, wildcard or filter is applied before what follows it. "
        "Conductor's library skips it in lists, and gives less once it has met one.",
    ),
    Improvement(
        "header-names",
        "Names of response headers are compared without case, as HTTP says. On Conductor a server "
        "that writes etag makes ${ref.output.response.headers.ETag} null.",
    ),
    Improvement(
        "bounded",
        "Patterns match in linear time (no look-around, no back references), and nesting and the "
        "work of one expression are limited. On Conductor one expression can hold a server.",
    ),
)
