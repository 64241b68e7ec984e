"""Scripts of SWITCH, DO_WHILE, INLINE, LAMBDA and DECISION, in an embedded JavaScript engine.

Every evaluation has a context of its own (quickjs-ng, 0.3 ms): nothing leaks to the next one, and
no file, network, timer or function of Python can be reached. Limits: ``SECONDS`` of processor time
of this process, ``MEMORY`` bytes, ``STACK`` bytes; they also hold for a regular expression.

``$`` is plain data. Whole numbers that JavaScript's numbers cannot hold (beyond 2^53) are BigInts
in it: an id stays exact, and arithmetic that mixes them with numbers is an error.
"""

from __future__ import annotations

from httptask.scripts.javascript import (
    Excerpt,
    Script,
    ScriptError,
    compile_script,
    script_text,
)

__all__ = ["Excerpt", "Script", "ScriptError", "compile_script", "script_text"]
