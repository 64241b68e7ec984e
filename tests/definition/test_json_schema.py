"""Values against JSON Schemas: where and how they break them, at a bounded cost."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from httptask.definition import schema_report
from httptask.definition.json_schema import JsonSchema
from httptask.definition.schema_path import missing_part, property_names
from httptask.errors import DefinitionError

LIST = {"type": "array", "items": {"$ref": "#/$defs/a"}}
NODE = {"type": "object", "properties": {"and": {"type": "array", "items": {"$ref": "#/$defs/f"}}}}
LISTS = {"$defs": {"a": {"anyOf": [LIST, LIST, {"type": "string"}]}}, "$ref": "#/$defs/a"}
FILTER = {"$defs": {"f": {"oneOf": [NODE, {**NODE, "required": []}]}}, "$ref": "#/$defs/f"}
TWICE = {"$defs": {"a": {"type": "array", "allOf": [LIST, LIST]}}, "$ref": "#/$defs/a"}
BRANCH = {"type": "object", "properties": {"k": {"type": "array", "items": {"$dynamicRef": "#n"}}}}
DYNAMIC = {"$dynamicAnchor": "n", "anyOf": [BRANCH, {**BRANCH, "minProperties": 0}]}


def nested(open_: str, inside: str, close: str, depth: int) -> Any:
    return json.loads(open_ * depth + inside + close * depth)


@pytest.mark.parametrize("depth", [3, 22, 90])
@pytest.mark.parametrize(
    ("schema", "value"),
    [
        (LISTS, ("[", "1", "]")),
        (TWICE, ("[", "1", "]")),
        (FILTER, ('{"and":[', "1", "]}")),
        (DYNAMIC, ('{"k":[', "1", "]}")),
    ],
    ids=["anyOf", "allOf", "oneOf", "dynamicRef"],
)
def test_a_report_has_no_error_per_branch(
    schema: dict[str, Any], value: tuple[str, str, str], depth: int
) -> None:
    problems = JsonSchema(schema).problems(nested(*value, depth))
    assert 1 <= len(problems) <= 2
    assert "1" not in problems[0].message


def test_a_value_with_many_problems_is_not_read_to_its_end() -> None:
    schema = JsonSchema({"items": {"properties": {"id": {"type": "integer"}}}})
    value = [{"id": 1}, *({"id": "x"} for _ in range(300_000))]
    assert [problem.pointer for problem in schema.problems(value, limit=2)] == ["/1/id", "/2/id"]


def test_the_deepest_place_is_reported_when_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema_report, "MAX_SECONDS", -1.0)
    schema = JsonSchema({"properties": {"a": {"type": "integer"}}})
    (problem,) = schema.problems({"a": "x"})
    assert (problem.keyword, problem.pointer) == ("schema", "")


@pytest.mark.parametrize(
    ("schema", "value", "found"),
    [
        ({"anyOf": [{"items": {"type": "integer"}, "type": "array"}, {"type": "null"}]}, ["x"],
         ("type", "/0")),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, "x", ("anyOf", "")),
        ({"oneOf": [{"type": "string"}, {"minLength": 1}]}, "x", ("oneOf", "")),
        ({"properties": {"a": False}}, {"a": 1}, ("falseSchema", "/a")),
        ({"patternProperties": {"^x": {"type": "string"}}}, {"xa": 1}, ("type", "/xa")),
        ({"properties": {"b": {}}, "patternProperties": {"^x": {}},
          "additionalProperties": {"type": "string"}}, {"b": 1, "xa": 1, "c~/d": 1},
         ("type", "/c~0~1d")),
        ({"propertyNames": {"maxLength": 1}}, {"ab": 1}, ("maxLength", "/ab")),
        ({"prefixItems": [{"type": "string"}], "items": {"type": "integer"}}, ["a", "b"],
         ("type", "/1")),
        ({"contains": {"const": 3}, "minContains": 2}, [3], ("contains", "")),
        ({"allOf": [{"properties": {"a": {}}}], "unevaluatedProperties": False}, {"a": 1, "b": 2},
         ("unevaluatedProperties", "/b")),
        ({"prefixItems": [{}], "unevaluatedItems": False}, [1, 2], ("unevaluatedItems", "")),
        ({"dependentSchemas": {"a": {"required": ["b"]}}}, {"a": 1}, ("required", "/b")),
        ({"dependentRequired": {"a": ["b"]}}, {"a": 1}, ("required", "/b")),
        ({"$id": "https://example.com/s", "$defs": {"q": {"$anchor": "q", "type": "string"}},
          "properties": {"x": {"$ref": "s#/$defs/q"}}}, {"x": 1}, ("type", "/x")),
        ({"$defs": {"q": {"$anchor": "q", "type": "string"}}, "items": {"$ref": "#q"}}, [1],
         ("type", "/0")),
        ({"$defs": {"a b%": {"type": "string"}}, "items": {"$ref": "#/$defs/a%20b%25"}}, [1],
         ("type", "/0")),
        ({"$schema": "http://json-schema.org/draft-04/schema#", "minimum": 5,
          "exclusiveMinimum": True}, 5, ("exclusiveMinimum", "")),
        ({"$schema": "http://json-schema.org/draft-07/schema#", "items": [{}],
          "additionalItems": {"type": "string"}}, [1, 2], ("type", "/1")),
        ({"$schema": "http://json-schema.org/draft-07/schema#",
          "dependencies": {"a": ["b"], "c": {"required": ["d"]}}}, {"c": 1}, ("required", "/d")),
        ({"$schema": "http://json-schema.org/draft-07/schema#", "definitions": {"s": True},
          "properties": {"x": {"$ref": "#/definitions/s", "type": "string"}, "y": False}},
         {"x": 1, "y": 1}, ("falseSchema", "/y")),
    ],
)  # fmt: skip
def test_the_place_and_the_keyword(
    schema: dict[str, Any], value: Any, found: tuple[str, str]
) -> None:
    (problem,) = JsonSchema(schema).problems(value)
    assert (problem.keyword, problem.pointer) == found


def test_a_rule_in_the_schemas_own_words() -> None:
    rule = {"required": ["b"], "description": "a needs b"}
    for schema in (
        {"if": {"required": ["a"]}, "then": rule},
        {"dependentSchemas": {"a": rule}},
        {"not": {"required": ["a"]}, "description": "a needs b"},
    ):
        (problem,) = JsonSchema(schema).problems({"a": 1})
        assert problem.rule == "a needs b"


def test_names_that_are_not_expected() -> None:
    schema = JsonSchema({"properties": {"size": {}}, "additionalProperties": False})
    (problem,) = schema.problems({"siez": 1})
    assert problem.message == "'siez' is not a known field"
    assert (problem.given, problem.allowed) == ("siez", ("size",))
    (problem,) = schema.problems({str(number): 1 for number in range(1000)})
    assert problem.message.endswith("'19' and 980 more are not known fields")


LEAVES = st.sampled_from(
    [{"type": "string"}, {"type": "integer"}, {"minimum": 3}, {"required": ["a"]}, True, False,
     {"$ref": "#/$defs/d"}, {"enum": [1, "x"]}, {"maxItems": 1}]
)  # fmt: skip
SCHEMAS = st.recursive(
    LEAVES,
    lambda inner: st.dictionaries(
        st.sampled_from(["items", "not", "if", "then", "else", "contains", "propertyNames",
                         "additionalProperties", "unevaluatedProperties", "unevaluatedItems"]),
        inner, max_size=3,
    ) | st.fixed_dictionaries({}, optional={
        "properties": st.dictionaries(st.sampled_from("abc"), inner, max_size=2),
        "patternProperties": st.dictionaries(st.sampled_from(["a", "^b"]), inner, max_size=2),
        "allOf": st.lists(inner, min_size=1, max_size=2),
        "anyOf": st.lists(inner, min_size=1, max_size=3),
        "oneOf": st.lists(inner, min_size=1, max_size=3),
        "prefixItems": st.lists(inner, min_size=1, max_size=2),
        "dependentSchemas": st.dictionaries(st.sampled_from("abc"), inner, max_size=2),
    }),
    max_leaves=12,
)  # fmt: skip
VALUES = st.recursive(
    st.sampled_from([1, 5, "x", "y", None]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abcd"), inner),
    max_leaves=8,
)


@settings(max_examples=100)
@given(SCHEMAS, SCHEMAS, VALUES)
def test_what_is_reported_is_where_another_validator_finds_errors(
    schema: Any, definition: Any, value: Any
) -> None:
    document = {"$defs": {"d": definition}, "allOf": [schema]}
    if _leads_to_itself(definition):
        return
    problems = JsonSchema(document).problems(value)
    errors = list(Draft202012Validator(document).iter_errors(value))
    assert bool(problems) == bool(errors)
    for problem in problems:
        place = value
        for part in problem.pointer.split("/")[1:]:
            if isinstance(place, list):
                place = place[int(part)]
            elif problem.keyword != "required" and part in place:
                place = place[part]


def _leads_to_itself(schema: Any) -> bool:
    return "$ref" in json.dumps(schema)


@pytest.mark.parametrize(
    "grown",
    [
        lambda inner: {"anyOf": [{"items": inner}, {"items": inner, "minItems": 0}]},
        lambda inner: {"allOf": [inner, {"not": {"not": inner}}]},
    ],
)
def test_references_that_multiply_a_schema_are_refused(grown: Any) -> None:
    definitions: dict[str, Any] = {"d0": {"type": "string"}}
    for number in range(40):
        definitions[f"d{number + 1}"] = grown({"$ref": f"#/$defs/d{number}"})
    schema = JsonSchema({"$defs": definitions, "$ref": "#/$defs/d40"}, "/at")
    with pytest.raises(DefinitionError) as caught:
        schema.check()
    assert (caught.value.code, caught.value.pointer) == ("schema_too_large", "/at")
    assert JsonSchema({"$defs": definitions, "$ref": "#/$defs/d3"}).problems([[[1]]])
    assert property_names({"$defs": definitions, "$ref": "#/$defs/d40"}) == []
    place = missing_part({"$defs": definitions, "$ref": "#/$defs/d40"}, [0] * 40)
    assert place in (None, (0, []))


@pytest.mark.parametrize("dialect", ["draft-07/schema#", "draft/2020-12/schema"])
@pytest.mark.parametrize("others", [0, 10_000])
def test_a_broken_schema_names_the_place(dialect: str, others: int) -> None:
    document = {
        "$schema": f"http{'' if '07' in dialect else 's'}://json-schema.org/{dialect}",
        "properties": {"a": {"type": "text"}, **{f"b{number}": {} for number in range(others)}},
    }
    with pytest.raises(DefinitionError) as caught:
        JsonSchema(document, "/at").check()
    assert caught.value.code == "schema_invalid"
    assert caught.value.pointer.startswith("/at/properties/a/type")
