"""What ends at once, told apart from what waits or computes for minutes, on a busy machine too."""

from __future__ import annotations

SOON = 20.0
"""Seconds in which it ends. What it must not wait for, or compute, takes far longer."""
LATE = 90
"""Seconds of what must not be waited for."""
