"""The HTTP step for workflow engines."""

from importlib import metadata

__version__ = metadata.version("httptask")
