"""The ``${...}`` language of definitions, and the ``$...`` paths of output mapping.

No input or output happens here, and no text is ever run as code.
"""

from __future__ import annotations

from httptask.expressions.context import (
    TASK_FIELDS,
    WORKFLOW_FIELDS,
    Context,
    SecretLookup,
    conductor_env,
)
from httptask.expressions.header_map import HeaderMap, readable, readable_tasks
from httptask.expressions.improvements import IMPROVEMENTS, Improvement
from httptask.expressions.java_text import java_float, java_text
from httptask.expressions.references import Problem, Reference
from httptask.expressions.rfc9535 import Path, compile_path
from httptask.expressions.template import NO_ESCAPES, Template, compile_template

__all__ = [
    "IMPROVEMENTS",
    "NO_ESCAPES",
    "TASK_FIELDS",
    "WORKFLOW_FIELDS",
    "Context",
    "HeaderMap",
    "Improvement",
    "Path",
    "Problem",
    "Reference",
    "SecretLookup",
    "Template",
    "compile_path",
    "compile_template",
    "conductor_env",
    "java_float",
    "java_text",
    "readable",
    "readable_tasks",
]
