"""One module per kind of task; each operator executes one task of a flow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from httptask.engines.embedded.flow import Operator
from httptask.engines.embedded.operators.computed import run_inline, run_jq, run_lambda
from httptask.engines.embedded.operators.dynamic import run_dynamic, run_dynamic_fork
from httptask.engines.embedded.operators.event import run_event
from httptask.engines.embedded.operators.exclusive_join import run_exclusive_join
from httptask.engines.embedded.operators.fork import run_fork, run_join
from httptask.engines.embedded.operators.function_task import run_simple
from httptask.engines.embedded.operators.http_poll import run_http_poll
from httptask.engines.embedded.operators.http_task import run_http
from httptask.engines.embedded.operators.loop import run_loop
from httptask.engines.embedded.operators.simple import run_noop, run_set_variable, run_terminate
from httptask.engines.embedded.operators.sub_workflow import run_start_workflow, run_sub_workflow
from httptask.engines.embedded.operators.switch import run_decision, run_switch
from httptask.engines.embedded.operators.waiting import run_human, run_wait

OPERATORS: Final[Mapping[str, Operator]] = {
    "HTTP": run_http,
    "HTTP_POLL": run_http_poll,
    "SIMPLE": run_simple,
    "INLINE": run_inline,
    "LAMBDA": run_lambda,
    "JSON_JQ_TRANSFORM": run_jq,
    "SWITCH": run_switch,
    "DECISION": run_decision,
    "FORK_JOIN": run_fork,
    "FORK_JOIN_DYNAMIC": run_dynamic_fork,
    "JOIN": run_join,
    "EXCLUSIVE_JOIN": run_exclusive_join,
    "DYNAMIC": run_dynamic,
    "DO_WHILE": run_loop,
    "WAIT": run_wait,
    "HUMAN": run_human,
    "SUB_WORKFLOW": run_sub_workflow,
    "START_WORKFLOW": run_start_workflow,
    "EVENT": run_event,
    "SET_VARIABLE": run_set_variable,
    "TERMINATE": run_terminate,
    "NOOP": run_noop,
}
"""What executes a task, by its type."""
