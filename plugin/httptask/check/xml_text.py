"""Check a body that is an XML text: whether it is XML, and whether values stand where they may."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from httptask.builtin.build.written import Marked, has_mark
from httptask.builtin.codecs.xml_document import decode_xml
from httptask.core.xml_text import is_xml
from httptask.definition.findings import Finding
from httptask.definition.written import stated_type
from httptask.errors import DecodeError, MissingExtraError
from httptask.hooks.task import CompiledTask

_TAG: Final = re.compile(
    r"""<!\[CDATA\[.*?\]\]>|<!--.*?-->|<\?.*?\?>|<((?:[^<>"']|"[^"]*"|'[^']*')*)""", re.DOTALL
)
_QUOTED: Final = re.compile(r"""\"[^"]*"|'[^']*'""")


def check_xml_text(task: CompiledTask) -> Iterator[Finding]:
    """Yield a warning if a text that is sent as XML is not XML, or a value can change its tags."""
    body, kind = task.request.get("body"), stated_type(task.request)[0]
    if not isinstance(body, str) or not body or not isinstance(kind, str) or not is_xml(kind):
        return
    marked, pointer = Marked.of(body), f"{task.request_pointer}/body"
    if not "".join(each for each in marked.text if not has_mark(each)).strip():
        return
    for mark in _in_tags(marked.text):
        yield Finding(
            "xml_value_in_tag",
            "warning",
            f"{marked.expressions[mark]} stands in a tag, where its value can add attributes",
            pointer,
            "put it between tags, or in quotes",
            task.source,
        )
    try:
        decode_xml("".join("x" if has_mark(each) else each for each in marked.text))
    except MissingExtraError:
        return
    except DecodeError as error:
        text = f"the content type is XML, but {error.message[0].lower()}{error.message[1:]}"
        yield Finding("body_not_xml", "warning", text, pointer, "", task.source)


def _in_tags(text: str) -> Iterator[str]:
    """Yield the marks that stand in a tag, outside of quotes."""
    for tag in _TAG.finditer(text):
        yield from filter(has_mark, _QUOTED.sub("", tag[1] or ""))
