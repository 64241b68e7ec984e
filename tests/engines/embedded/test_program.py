"""What the engine refuses before anything runs, and what it finds out about a definition."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from httptask.engines.embedded.library import Library
from httptask.engines.embedded.program import compile_program, digest
from httptask.engines.embedded.run import Run
from httptask.errors import DefinitionError


def refused(build: SimpleNamespace, *tasks: Any) -> DefinitionError:
    with pytest.raises(DefinitionError) as raised:
        compile_program(build.workflow(*tasks))
    return raised.value


def test_a_task_type_of_others_is_refused_by_pointer(build: SimpleNamespace) -> None:
    loop = build.task("DO_WHILE", "l", loopCondition="false", loopOver=[build.task("SIMPLE", "s")])
    error = refused(build, build.http("a"), loop)
    assert (error.code, error.pointer) == ("task_type_unsupported", "/tasks/1/loopOver/0/type")
    assert error.exit_code == 2


@pytest.mark.parametrize("kind", ["python", "value", None])
def test_an_evaluator_of_others_is_refused(build: SimpleNamespace, kind: str | None) -> None:
    task = build.task("SWITCH", "s", evaluatorType=kind, expression="k")
    error = refused(build, task)
    assert (error.code, error.pointer) == ("evaluator_unsupported", "/tasks/0/evaluatorType")


def test_a_script_with_a_syntax_error_is_refused(build: SimpleNamespace) -> None:
    case = build.task(
        "SWITCH", "s", evaluatorType="javascript", expression="a = ", decisionCases={"a": []}
    )
    outer = build.task(
        "SWITCH", "o", evaluatorType="value-param", expression="k", decisionCases={"a/b": [case]}
    )
    error = refused(build, outer)
    assert (error.code, error.pointer) == (
        "script_invalid",
        "/tasks/0/decisionCases/a~1b/0/expression",
    )
    loop = build.task("DO_WHILE", "l", loopCondition="while(1){", loopOver=[build.http("a")])
    assert refused(build, loop).pointer == "/tasks/0/loopCondition"


def test_a_fork_needs_branches_and_a_join(build: SimpleNamespace) -> None:
    fork = build.task("FORK_JOIN", "f", forkTasks=[[build.http("a")]])
    assert refused(build, fork, build.http("b")).code == "join_missing"
    empty = build.task("FORK_JOIN", "f", forkTasks=[[]])
    assert refused(build, empty, build.task("JOIN", "j")).code == "empty_tasks"


@pytest.mark.parametrize("status", ["DONE", "${workflow.input.s}"])
def test_a_termination_status_is_written(build: SimpleNamespace, status: str) -> None:
    task = build.task("TERMINATE", "t", inputParameters={"terminationStatus": status})
    error = refused(build, task)
    assert error.pointer == "/tasks/0/inputParameters/terminationStatus"


def test_a_termination_is_not_optional(build: SimpleNamespace) -> None:
    inputs = {"terminationStatus": "FAILED"}
    task = build.task("TERMINATE", "t", optional=True, inputParameters=inputs)
    error = refused(build, task)
    assert (error.code, error.pointer) == ("field_conflict", "/tasks/0/optional")


def test_references_are_unique(build: SimpleNamespace) -> None:
    error = refused(build, build.http("a"), build.http("a"))
    assert (error.code, error.pointer) == ("duplicate_reference", "/tasks/1/taskReferenceName")


def test_nesting_has_an_end(build: SimpleNamespace) -> None:
    task = build.http("h")
    for number in range(40):
        task = build.task("DO_WHILE", f"l{number}", loopCondition="false", loopOver=[task])
    assert refused(build, task).code == "too_deep"


def test_the_number_of_tasks_has_an_end(build: SimpleNamespace) -> None:
    assert refused(build, *(build.http(f"h{n}") for n in range(5001))).code == "too_many"


def test_what_a_branch_reads(build: SimpleNamespace) -> None:
    reads = build.http("h", body={"x": "${a.output.b} ${workflow.input.q}", "y": ["${c.input}"]})
    anything = build.http("i", body="${${workflow.input.ref}.output}")
    program = compile_program(build.workflow(reads, anything))
    assert program.steps[0].reads == {"a", "c"}
    assert program.steps[1].reads is None


def test_names_of_the_environment(build: SimpleNamespace) -> None:
    named = build.workflow(build.http("h", body="${workflow.env.A} ${workflow.env.B.c}"))
    assert compile_program(named).env_names == {"A", "B"}
    computed = build.workflow(build.http("h", body="${workflow.env.${workflow.input.n}}"))
    assert compile_program(computed).env_names is None


def test_base_names(build: SimpleNamespace) -> None:
    run = Run("r", compile_program(build.workflow(build.http("a"), build.http("b__1"))), {}, 0)
    assert run.base("a__3__12") == "a"
    assert run.base("b__1") == "b__1"
    assert run.base("b__1__2") == "b__1"


def test_the_digest_does_not_see_the_order_of_keys() -> None:
    assert digest({"a": 1, "b": {"c": 2, "d": 3}}) == digest({"b": {"d": 3, "c": 2}, "a": 1})
    assert digest({"a": 1}) != digest({"a": 1.5})


def test_a_program_can_be_compiled_again_from_its_document(build: SimpleNamespace) -> None:
    defs = {"h": build.task_def("h", retryCount=2), "unused": build.task_def("unused")}
    program = compile_program(build.workflow(build.http("h")), Library({}, defs))
    document = program.document
    assert list(document["taskDefs"]) == ["h"]
    again = compile_program(
        type(program.workflow).model_validate(document["definition"]),
        Library(
            {},
            {
                name: type(defs["h"]).model_validate(found)
                for name, found in document["taskDefs"].items()
            },
        ),
    )
    assert again.document == document
    assert again.steps[0].definition.retry_count == 2
