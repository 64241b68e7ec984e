"""What the machine lets a definition do: where each secret may go, which files it may name."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class SecretOrigins:
    """The origins that are configured for a secret.

    Attributes:
        origins: as ``scheme://host[:port]``.
        only: whether it may go nowhere else, whatever is written literally in a definition.
    """

    origins: frozenset[str]
    only: bool = False


def may_go(
    name: str, origin: str, literal: Collection[str], configured: Mapping[str, SecretOrigins]
) -> bool:
    """Tell whether a secret may go to an origin.

    Args:
        name: name of the secret.
        origin: where it is about to go.
        literal: origins that are written literally in the definition.
        configured: origins configured for secrets, by name.
    """
    bound = configured.get(name)
    if bound is not None and origin in bound.origins:
        return True
    return origin in literal and not (bound and bound.only)


def may_name_file(path: Path, folders: Iterable[Path] | None) -> bool:
    """Tell whether a definition may name a file.

    Args:
        path: the file.
        folders: folders below which files may be named, symbolic links followed; None: anywhere.
    """
    if folders is None:
        return True
    real = path.resolve()
    return any(real.is_relative_to(folder.resolve()) for folder in folders)
