"""The catalogue of handlers; `standard_routes` mounts all of them under well-known paths."""

from __future__ import annotations

from httptask.testing.handlers.standard import standard_routes

__all__ = ["standard_routes"]
