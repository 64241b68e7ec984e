"""One module per kind of task; each operator executes one task of a flow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from httptask.engines.embedded.flow import Operator
from httptask.engines.embedded.operators.fork import run_fork, run_join
from httptask.engines.embedded.operators.http_task import run_http
from httptask.engines.embedded.operators.loop import run_loop
from httptask.engines.embedded.operators.simple import run_noop, run_set_variable, run_terminate
from httptask.engines.embedded.operators.switch import run_switch

OPERATORS: Final[Mapping[str, Operator]] = {
    "HTTP": run_http,
    "SWITCH": run_switch,
    "FORK_JOIN": run_fork,
    "JOIN": run_join,
    "DO_WHILE": run_loop,
    "SET_VARIABLE": run_set_variable,
    "TERMINATE": run_terminate,
    "NOOP": run_noop,
}
"""What executes a task, by its type."""
