"""Named differences."""

from __future__ import annotations

from cases import Replayed
from compare import Difference


def rule_for(result: Replayed, difference: Difference) -> str | None:
    """Return the name of the rule that explains a difference, or None."""
    return None
