"""What stands for a secret in all that is shown."""

from typing import Final

MASK: Final = "***"
