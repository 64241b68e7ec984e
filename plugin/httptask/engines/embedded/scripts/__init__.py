"""The part of JavaScript that SWITCH expressions and loop conditions are allowed to use.

Read once into a tree, evaluated on plain JSON values, with JavaScript's own rules for ``==``,
``+`` and truth. No function of Python or of the machine can be reached from it.

Supported:

* ``$.name``, ``$['name']``, ``$.list[0]``, ``?.``, ``.length``;
* numbers, texts in any quotes (templates without ``${}``), ``true``, ``false``, ``null``,
  ``undefined``, list literals;
* ``! - + typeof``, ``* / %``, ``+ -``, ``< <= > >=``, ``== != === !==``, ``&&``, ``||``, ``??``,
  ``a ? b : c``, parentheses;
* pure methods: ``includes indexOf startsWith endsWith toLowerCase toUpperCase trim toString``;
* several statements; ``if (...) {...} else {...}``; the script's value is that of the last one;
* ``return`` inside ``(function () { ... })()``, or ``function f() { ... } f();``.

Anything else (assignments, loops, other calls, regular expressions) is refused before a run.
"""

from __future__ import annotations

from httptask.engines.embedded.scripts.evaluate import (
    Script,
    ScriptError,
    compile_script,
    is_true,
    script_text,
)

__all__ = ["Script", "ScriptError", "compile_script", "is_true", "script_text"]
