"""What is built at its first use, in a process that may fork meanwhile."""

from __future__ import annotations

import os
import threading
from typing import Final

FIRST_USE: Final = threading.RLock()
"""Held while pydantic works on a model, and while the process forks.

pydantic builds a model at its first use, under locks of its own. A child, forked while a thread
had one, would wait for it forever.
"""

if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=FIRST_USE.acquire,
        after_in_parent=FIRST_USE.release,
        after_in_child=FIRST_USE.release,
    )
