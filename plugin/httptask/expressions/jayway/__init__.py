"""The JSONPath dialect inside ``${...}``: what Jayway's library does, without running code."""

from __future__ import annotations

from httptask.expressions.jayway.path import JaywayPath, compile_jayway

__all__ = ["JaywayPath", "compile_jayway"]
