"""The ``${...}`` language: scanning, text forms, secrets, environment, references, problems."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import pytest

from httptask.errors import ExpressionError
from httptask.expressions import Context, Reference, compile_template, conductor_env

INPUT = {
    "s": "str",
    "n": 5,
    "big": 9007199254740993,
    "l": [1, "a", None, {"k": 1.0}],
    "m": {"x": 1, "y": {"z": "q"}},
    "key": "x",
    "path": "input.s",
    "placeholder": "${workflow.secrets.TOKEN}",
    "secret_path": "workflow.secrets.TOKEN",
    "escaped": "a$${b}",
    "urls": ["http://a/b", "é"],
}
SECRETS = {"TOKEN": "t$${x}", "J": '{"n": 5, "o": {"a": [1.5]}}', "EMPTY": ""}
CONTEXT = Context.build(
    input=INPUT,
    variables={"v": True},
    tasks={"first": {"output": {"response": {"body": {"id": 7}}}}, "t.dot": {"output": {"x": 9}}},
    env={"REGION": "eu", "CFG": '{"a": [1, 2]}', "LIST": "[3, 4]", "OBJECT": {"k": 1}},
    task_id="tid",
)


def resolve(template: Any, secrets: dict[str, str] | None = None) -> Any:
    lookup = None if secrets is None else secrets.get
    return compile_template(template).evaluate(CONTEXT, lookup)


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("${workflow.input.n}", 5),
        ("${workflow.input.big}", 9007199254740993),
        (" ${workflow.input.n}", " 5"),
        ("${workflow.variables.v}", True),
        ("${first.output.response.body.id}", 7),
        ("${['t.dot'].output.x}", 9),
        ("l=${workflow.input.l}", "l=[1, a, null, {k=1.0}]"),
        ("${workflow.input.urls[*]} ", '["http://a/b","é"] '),
        ("${a ${workflow.input.s}", "${a str"),
        ("$${a ${workflow.input.s}}", "${a str}"),
        ("\\${workflow.input.s}", "\\str"),
        ("x${workflow.input.escaped}", "xa${b}"),
        ("${workflow.input.escaped}", "a$${b}"),
        ("$$${workflow.input.s}", "$${workflow.input.s}"),
        ("${CPEWF_TASK_ID}", "tid"),
        ("${NETFLIX_ENV}", "${NETFLIX_ENV}"),
        ("${PATH}${HOME}", "nullnull"),
    ],
)
def test_a_text_resolves_as_on_conductor(template: str, expected: Any) -> None:
    assert resolve(template) == expected


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("${workflow.input.m.${workflow.input.key}}", 1),
        ("${${workflow.input.path}}", None),
        ("${workflow.${workflow.input.path}}", "str"),
        ("${workflow.input.${workflow.input.${workflow.input.nope}}}", None),
        ("${workflow.env.${workflow.variables.name}}", None),
        ("${workflow.input['${workflow.input.key}y']} ", "null "),
        ("${workflow.input.l[${workflow.input.m.x}]}", "a"),
        ("${workflow.input.m.$${x}}", None),
    ],
)
def test_inner_references_are_resolved_first(template: str, expected: Any) -> None:
    assert resolve(template) == expected


def test_an_inner_reference_may_name_an_environment_value() -> None:
    context = Context.build(input={"name": "REGION"}, env={"REGION": "eu"})
    template = compile_template("in ${workflow.env.${workflow.input.name}}")
    assert template.evaluate(context) == "in eu"


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("${workflow.env.REGION}", "eu"),
        ("${workflow.env.CFG.a[1]}", 2),
        ("${workflow.env.LIST[0]}", 3),
        ("${workflow.env.LIST[*]}", [3, 4]),
        ("${workflow.env.OBJECT.k}", 1),
        ("${workflow.env.REGION.x}", None),
        ("${workflow.env.}", None),
        ("${workflow.env}", None),
        ("${workflow.env.PATH}", None),
    ],
)
def test_only_the_given_environment_is_readable(template: str, expected: Any) -> None:
    assert resolve(template) == expected


def test_conductor_env_keeps_only_prefixed_names() -> None:
    environ = {"CONDUCTOR_ENV_REGION": "eu", "PATH": "/bin", "CONDUCTOR_SECRET_X": "no"}
    assert conductor_env(environ) == {"REGION": "eu"}


@pytest.mark.parametrize(
    ("template", "literal", "substituted"),
    [
        ("${workflow.secrets.TOKEN}", "${workflow.secrets.TOKEN}", "t$${x}"),
        ("B ${workflow.secrets.TOKEN}", "B ${workflow.secrets.TOKEN}", "B t$${x}"),
        ("${workflow.secrets.NOPE}", "${workflow.secrets.NOPE}", None),
        ("[${workflow.secrets.NOPE}]", "[${workflow.secrets.NOPE}]", "[]"),
        ("${workflow.secrets.J.n}", "${workflow.secrets.J.n}", 5),
        ("${workflow.secrets.J.o.a[0]}", "${workflow.secrets.J.o.a[0]}", 1.5),
        ("o=${workflow.secrets.J.o}", "o=${workflow.secrets.J.o}", "o={a=[1.5]}"),
        ("${workflow.secrets.TOKEN.n}", "${workflow.secrets.TOKEN.n}", None),
        ("$${workflow.secrets.TOKEN}", "${workflow.secrets.TOKEN}", "${workflow.secrets.TOKEN}"),
        ("${workflow.input.placeholder}", INPUT["placeholder"], INPUT["placeholder"]),
        ("p=${workflow.input.placeholder}", *["p=${workflow.secrets.TOKEN}"] * 2),
        ("${${workflow.input.secret_path}}", "${${workflow.input.secret_path}}", None),
        ("x${${workflow.input.secret_path}}", "x${${workflow.input.secret_path}}", "x"),
        ("${workflow.input.${workflow.secrets.TOKEN}}", None, None),
        ("$${a}${workflow.secrets.EMPTY}", "${a}${workflow.secrets.EMPTY}", "${a}"),
        (
            {"h": ["a", "Bearer ${workflow.secrets.TOKEN}"]},
            {"h": ["a", "Bearer ${workflow.secrets.TOKEN}"]},
            {"h": ["a", "Bearer t$${x}"]},
        ),
    ],
)
def test_secrets_stay_literal_or_are_put_in(template: Any, literal: Any, substituted: Any) -> None:
    assert resolve(template) == literal
    assert resolve(template, SECRETS) == substituted


def test_a_secret_name_cannot_be_computed_and_says_so() -> None:
    text = "${workflow.secrets.${workflow.input.s}}"
    template = compile_template(text)
    assert template.evaluate(CONTEXT) == text
    assert template.evaluate(CONTEXT, SECRETS.get) is None
    assert template.problems == (("", text, "the name of a secret cannot be computed"),)


def test_only_the_secrets_of_the_template_are_asked_for() -> None:
    asked: list[str] = []
    template = compile_template(["${workflow.input.placeholder}", "${workflow.secrets.J.n}"])
    template.evaluate(CONTEXT, asked.append)  # type: ignore[arg-type]
    assert asked == ["J"]


def test_lists_and_objects_are_resolved_deeply_and_keys_are_not() -> None:
    template = {"${workflow.input.s}": [1, ["${workflow.input.n}"], {"k": None}], "o": {"t": "x"}}
    assert resolve(template) == {
        "${workflow.input.s}": [1, [5], {"k": None}],
        "o": {"t": "x"},
    }
    assert list(resolve(template)) == list(template)


def test_results_share_no_containers_with_the_template_or_each_other() -> None:
    written: dict[str, Any] = {"a": {"b": [1]}, "c": "$${d}"}
    template = compile_template(written)
    first = template.evaluate(CONTEXT)
    first["a"]["b"].append(2)
    written["a"]["b"].append(3)
    assert template.evaluate(CONTEXT) == {"a": {"b": [1]}, "c": "${d}"}


def test_append_leaves_the_input_as_it_is() -> None:
    context = Context.build(input={"l": [1]})
    template = compile_template("${workflow.input.l.append(2)}")
    assert [template.evaluate(context) for _ in range(2)] == [[1, 2], [1, 2]]
    assert context.root["workflow"]["input"]["l"] == [1]


def test_a_task_called_workflow_hides_the_workflow() -> None:
    context = Context.build(input={"s": 1}, tasks={"workflow": {"output": 2}})
    template = compile_template(["${workflow.input.s}", "${workflow.output}"])
    assert template.evaluate(context) == [None, 2]


def test_a_context_takes_any_mapping() -> None:
    context = Context(MappingProxyType({"input": {"a": 1}}), {"t": MappingProxyType({"output": 2})})
    assert compile_template(["${workflow.*.a}", "${t.*}"]).evaluate(context) == [[1], [2]]


def reference(text: str) -> tuple[Any, ...]:
    (found,) = compile_template(text).references
    assert found.text == text
    return found.root, found.task_ref, found.path, found.prefix


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("${workflow.input.a[0]['b c']}", ("workflow.input", None, *[("a", 0, "b c")] * 2)),
        ("${$.workflow.variables.v}", ("workflow.variables", None, ("v",), ("v",))),
        ("${workflow.workflowId}", ("workflow", None, ("workflowId",), ("workflowId",))),
        ("${workflow.secrets.J.n}", ("workflow.secrets", None, ("J", "n"), ("J", "n"))),
        ("${workflow.env.CFG.a[*]}", ("workflow.env", None, None, ("CFG", "a"))),
        ("${t1.output.list[?(@.a == 1)].b}", ("task", "t1", None, ("output", "list"))),
        ("${t1.output.list.length()}", ("task", "t1", None, ("output", "list"))),
        ("${t1}", ("task", "t1", (), ())),
        ("${CPEWF_TASK_ID}", ("system", None, *[("CPEWF_TASK_ID",)] * 2)),
        ("${$}", ("context", None, (), ())),
        ("${$..id}", ("dynamic", None, None, ())),
        ("${ }", ("empty", None, (), ())),
        ("${a b}", ("invalid", None, None, ())),
    ],
)
def test_a_reference_tells_what_it_points_at(text: str, expected: tuple[Any, ...]) -> None:
    assert reference(text) == expected


@pytest.mark.parametrize(
    ("outer", "root", "task_ref", "prefix"),
    [
        ("${t1.output.list[${t2.output.i}].name}", "task", "t1", ("output", "list")),
        ("${workflow.input.pre${t2.output.i}}", "workflow.input", None, ()),
        ("${t1['a.b'].c${t2.output.i}}", "task", "t1", ("a.b",)),
        ("${t1['a.${t2.output.i}']}", "task", "t1", ()),
        ("${${t2.output.i}.output}", "dynamic", None, ()),
        ("${t${t2.output.i}.output}", "dynamic", None, ()),
        ("${workflow.env.${t2.output.i}}", "workflow.env", None, ()),
        ("${workflow.secrets.${t2.output.i}}", "workflow.secrets", None, ()),
    ],
)
def test_a_computed_reference_keeps_its_certain_start(
    outer: str, root: str, task_ref: str | None, prefix: tuple[str, ...]
) -> None:
    found = compile_template(["", outer]).references
    assert Reference(outer, "/1", root, task_ref, None, prefix) in found
    inner = Reference("${t2.output.i}", "/1", "task", "t2", ("output", "i"), ("output", "i"))
    assert inner in found
    assert len(found) == 2


def test_pointers_follow_the_template_and_its_place() -> None:
    template = compile_template({"a/b": [{"c~": "x ${t.output} ${u.output}"}]}, "/tasks/0")
    assert [found.pointer for found in template.references] == ["/tasks/0/a~1b/0/c~0"] * 2


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("${workflow.input. s}", "contains a blank"),
        ("${{workflow.input.s}}", None),
        ("${workflow.input.s", "not closed"),
        ("${workflow.input.arr[x]}", "quoted name"),
        ("${workflow.input.arr[?(@.t=='}')]}", "not closed"),
        ("${workflow.input.arr[?(@.t =~ /(?=a)/)]}", "look-around"),
        ("${workflow.input.arr.lenght()}", "no function 'lenght'"),
        ("${workflow.input.arr.length().x}", "must be last"),
        ("${NETFLIX_STACK}", "never set"),
        ("${workflow.secrets.A }", "not the name of a secret"),
        ("${" * 40 + "a" + "}" * 40, "nested more than"),
    ],
)
def test_problems_say_where_and_why(text: str, why: str | None) -> None:
    problems = compile_template({"uri": text}).problems
    assert [problem.pointer for problem in problems] == (["/uri"] if why else [])
    assert all(why in problem.why for problem in problems if why)


def test_a_key_with_a_reference_is_a_problem() -> None:
    (problem,) = compile_template({"${a.output}": 1}).problems
    assert problem.pointer == "/${a.output}"
    assert "key" in problem.why


def test_a_value_nested_too_deeply_is_an_error_of_ours() -> None:
    deep: Any = "${workflow.input.n}"
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(ExpressionError, match="too deep") as caught:
        compile_template(deep)
    assert caught.value.code == "expression_too_deep"
    template = compile_template("text ${workflow.input}")
    with pytest.raises(ExpressionError, match="too deep"):
        template.evaluate(Context.build(input=deep))


def test_nulls_take_defaults_as_written() -> None:
    written = {"a": "${workflow.input.gone}", "b": 1, "c": "${workflow.input.gone}", "d": None}
    default = {"key": "${workflow.secrets.K}", "n": ["$${x}", "${workflow.input.n}"]}
    template = compile_template(written).filled({"a": default, "b": 2, "d": "${d}", "e": 3})
    context = Context.build(input={"n": 5})
    stored = {"a": default, "b": 1, "c": None, "d": "${d}"}
    assert template.evaluate(context) == stored
    sent = template.evaluate(context, {"K": "secret"}.get)
    assert sent == {**stored, "a": {**default, "key": "secret"}}
    assert compile_template(written).filled({}).evaluate(context)["a"] is None
