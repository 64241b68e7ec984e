"""What a plugin says that it handles."""

from __future__ import annotations

import msgspec

from httptask.definition.field_types import Model
from httptask.definition.options import AuthOptions


class Claim(msgspec.Struct, frozen=True):
    """A kind that a plugin handles; two plugins with one claim are refused.

    A layer takes part in a task

    - with a ``model``: when ``httptask.auth`` is of this kind;
    - with ``options``: when the task has the key ``httptask.KIND``;
    - else always; a transport when the operator chose its kind.

    Attributes:
        hook: the stage or layer, without the ``httptask_`` prefix.
        kind: what is claimed, for example an authentication kind or a media type.
        summary: one line for people.
        model: for authentication kinds, the model of ``httptask.auth`` with a literal
            ``type`` field equal to ``kind``.
        options: model of ``httptask.KIND``, the plugin's own options in a definition.
    """

    hook: str
    kind: str
    summary: str = ""
    model: type[AuthOptions] | None = None
    options: type[Model] | None = None
