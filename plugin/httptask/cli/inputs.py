"""Inputs of a workflow on the command line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from httptask.cli.options import json_or_text, read_object
from httptask.cli.output import warn
from httptask.definition.reading import parse, read_document, read_text
from httptask.definition.schema_path import json_type
from httptask.errors import InputError

if TYPE_CHECKING:
    from httptask.definition.workflow_inputs import Types

_WRITTEN: Final = re.compile(r"(?P<name>[^=]+?)(?P<how>:=@|=@|:=|=)(?P<value>.*)", re.DOTALL)
_HINT: Final = "NAME=VALUE, NAME:=JSON, NAME=@FILE for a text or NAME:=@FILE for JSON"


def read_inputs(
    written: Iterable[str],
    input_file: Path | None,
    types: Mapping[str, Types] | None = None,
    stored: Mapping[str, Path] | None = None,
) -> dict[str, Any]:
    """Return the workflow's input; single inputs win over the file's.

    Args:
        written: ``NAME=VALUE`` and its other forms.
        input_file: a JSON object, or None.
        types: the JSON types that an input may have, by name; others may have any.
        stored: the inputs whose ``@FILE`` is stored, and the folder of stored files.

    Raises:
        DefinitionError: a file cannot be read, or does not hold what is wanted.
        InputError: an input is written in another form, or cannot have such a value.
    """
    given = read_object(input_file) if input_file else {}
    for text in written:
        found = _WRITTEN.fullmatch(text)
        if found is None:
            raise InputError(f"{text!r} is not an input", code="usage", hint=_HINT)
        name = found["name"]
        if found["how"] == "=@" and stored and name in stored:
            from httptask.app.stored_input import store_file

            given[name] = store_file(Path(found["value"]), stored[name])
            continue
        given[name] = _value(
            name, found["how"], found["value"], (types or {}).get(name, frozenset())
        )
    return given


def _value(name: str, how: str, value: str, types: Types) -> Any:
    match how:
        case ":=@":
            return read_document(value).value
        case "=@":
            return read_text(value)
        case ":=":
            return parse(_utf8(value), f"--input {name}")
    return _typed(name, value, types)


def _typed(name: str, text: str, types: Types) -> Any:
    """Return the value of a text for an input of these types; none allow any."""
    if types == {"string"}:
        _utf8(text)
        return text
    value = json_or_text(text)
    if not types or _fits(value, types):
        return value
    if "string" in types:
        return text
    wanted = " or ".join(sorted(types))
    raise InputError(
        f"the input {name!r} is {json_type(value)}, not {wanted}",
        code="wrong_type",
        hint=f"{name}:=JSON gives it another type than the schema says",
    )


def _fits(value: Any, types: Types) -> bool:
    kind = json_type(value)
    return kind in types or (kind == "integer" and "number" in types)


def _utf8(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise InputError(f"{text!r} is not UTF-8", code="json_encoding") from error


def inputs_for(
    definition: Any, written: Iterable[str], input_file: Path | None, files: Path | None = None
) -> dict[str, Any]:
    """Return the input of a workflow or task, as ``read_inputs`` does.

    An input that nothing reads is refused if its name is close to one that is not given, and
    told otherwise.

    Args:
        definition: the document, as it is written.
        written: ``NAME=VALUE`` and its other forms.
        input_file: a JSON object, or None.
        files: folder where a file is stored that a task is to send; None stores none.

    Raises:
        DefinitionError: as ``read_inputs``.
        InputError: as ``read_inputs``, or a name is misspelt.
    """
    from httptask.definition.messages import did_you_mean
    from httptask.definition.workflow_inputs import WorkflowInputs

    known = WorkflowInputs.of(definition)
    stored = dict.fromkeys(known.files, files) if files else None
    given = read_inputs(written, input_file, known.types, stored)
    for name in sorted(given.keys() - known.names) if known.certain else ():
        if hint := did_you_mean(name, sorted(known.names - given.keys())):
            raise InputError(f"nothing reads the input {name!r}", code="inputs_missing", hint=hint)
    for name in sorted(given.keys() - known.read) if known.certain else ():
        warn(f"nothing reads the input {name!r}")
    return given
