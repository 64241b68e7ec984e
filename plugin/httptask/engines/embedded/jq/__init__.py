"""jq, for JSON_JQ_TRANSFORM: outside of this process, in a kept child.

An endless filter would stop the interpreter, ``[range(1e9)]`` would end it, and ``env`` would read
secrets. The child has an empty environment and limits of memory and time; it is killed when it
passes them, and the next query gets a new one.
"""

from __future__ import annotations

from httptask.engines.embedded.jq.children import JqError, check_query, transform

__all__ = ["JqError", "check_query", "transform"]
