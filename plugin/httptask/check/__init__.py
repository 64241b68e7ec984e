"""Static check of a definition: everything that can be known before anything runs."""

from __future__ import annotations

from httptask.check.workflow import check_task, check_workflow

__all__ = ["check_task", "check_workflow"]
