"""States of the panel as data: what is open, and what is done to get there.

`SERVER` in an address stands for the server of `responses`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from panel import EDITOR, flow, http, settle, wait_for

from httptask.testing.png import paint
from httptask.testing.replies import Handler, Reply, json_reply

Act = tuple[str, ...]
LONG = "Reads **one** order, with `fields` as [documented](https://example.com/docs). " * 8
EXTRA = {f"option_{number}": {"type": "string"} for number in range(60)}
KINDS: dict[str, Any] = {
    "type": "object",
    "required": ["name", "shape"],
    "properties": {
        "name": {"type": "string", "description": LONG, "maxLength": 40},
        "id": {"type": "string", "readOnly": True},
        "shape": {"oneOf": [{"type": "integer"}, {"type": "string"}]},
        "size": {"type": "object", "properties": {"width": {"type": "integer"}}},
        "labels": {"type": "array", "items": {"type": "string"}},
        "metadata": {"type": "object", "additionalProperties": {"type": "string"}},
        "note": {"type": ["string", "null"]},
        "old": {"type": "string", "deprecated": True},
        "older": {"type": "string", "deprecated": True},
        "password": {"type": "string", "format": "password"},
        "ratio": {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
        "active": {"type": "boolean"},
        "colour": {"enum": ["red", "green"]},
        "when": {"type": "string", "format": "date-time"},
        "any": {},
    },
}
FILLED = {
    "name": "a lamp", "shape": 3, "size": {"width": 2}, "labels": ["a", "b"], "note": None,
    "metadata": {"owner": "me"}, "old": "x", "password": "hidden", "ratio": 0.5, "active": True,
    "colour": "red", "when": "yesterday", "any": {"deep": [1]}, "unknown": 1,
}  # fmt: skip


def step(ref: str, path: str, method: str = "GET", **options: Any) -> dict[str, Any]:
    """An HTTP task that calls the server."""
    task = http(ref, f"SERVER{path}", method)
    body = options.pop("body", None)
    headers = options.pop("headers", None)
    request = task["inputParameters"]["http_request"]
    del request["body"]
    request |= {"body": body} if body is not None else {}
    request |= {"headers": headers} if headers is not None else {}
    if options:
        task["inputParameters"]["httptask"] = options
    return task


RECORD = step("record", "/record", output={"total": "$.response.body.total", "who": "$.nope"})
SWITCH = {
    "name": "route", "taskReferenceName": "route", "type": "SWITCH",
    "evaluatorType": "value-param", "expression": "kind", "inputParameters": {"kind": "a"},
    "decisionCases": {"paid": [step("ship", "/list"), step("ship", "/list")]},
    "defaultCase": [step("mail", "/record")],
}  # fmt: skip
LOOP = {
    "name": "again", "taskReferenceName": "again", "type": "DO_WHILE",
    "loopCondition": "$.again['iteration'] < 3", "loopOver": [step("page", "/list")],
}  # fmt: skip
SCRIPT = {
    "name": "sum", "taskReferenceName": "sum", "type": "INLINE",
    "inputParameters": {"evaluatorType": "graaljs", "expression": "$.a + 1", "a": 1},
}  # fmt: skip
WAIT = {"name": "wait", "taskReferenceName": "wait", "type": "WAIT",
        "inputParameters": {"duration": "2 seconds"}}  # fmt: skip
READER = step("reader", "/record", "POST", body={"total": "${record.output.response.body.total}"})
SECRET = step("secret", "/record", headers={"X-Key": "${workflow.secrets.NOT_SET}"})
ASKS = step("asks", "/record", "POST", body={"customer": "${workflow.input.customer}"})
MULTIPART = step(
    "upload", "/record", "POST",
    multipart={"note": "text", "file": {"file": "${workflow.input.file}", "filename": "a.txt"}},
)  # fmt: skip
MANY = step(
    "s", "/record", "POST", body={}, requestSchema={"type": "object", "properties": EXTRA}
)  # fmt: skip
OAUTH = {
    "type": "oauth2", "grant": "client_credentials", "tokenUrl": "SERVER/token",
    "clientId": "me", "clientSecret": "${workflow.secrets.CLIENT}",
}  # fmt: skip


@dataclass(frozen=True)
class State:
    """One state.

    Attributes:
        name: what it is.
        tasks: the workflow that is open; none when nothing is.
        acts: what is done then, see `ACTS`.
    """

    name: str
    tasks: Sequence[Mapping[str, Any]] = ()
    acts: Sequence[Act] = field(default=())


def request(name: str) -> Act:
    """Show a tab of the request."""
    return ("tab", "Request", name)


def response(name: str) -> Act:
    """Show a tab of the response."""
    return ("tab", "Response", name)


TEST: Act = ("test",)
ORDER = step("order", "/record", "POST", body=FILLED, requestSchema=KINDS)
FIELDS = "/inputParameters/http_request/body/"

STATES: tuple[State, ...] = (
    State("nothing is open"),
    State("an empty step", (), [("click", "button", "Add HTTP Task")]),
    State("hits", (RECORD,), [("search", "thing")]),
    State("nothing is found", (RECORD,), [("search", "qqqzzz")]),
    State("a request that was typed", (RECORD,), [("search", "curl https://a.example")]),
    State("documentation", (RECORD,), [("search", "thing"), ("take",)]),
    State("documentation with choices", (RECORD,), [("search", "send parcel"), ("take",)]),
    State("inputs", (RECORD,), [request("Inputs")]),
    State("query", (step("q", "/list", query={"a": 1, "b": "x"}),), [request("Query")]),
    State("headers", (step("h", "/list", headers={"A": "b"}),), [request("Headers")]),
    State("no authentication", (RECORD,), [request("Auth")]),
    State("bearer", (step("b", "/list", auth={"type": "bearer", "token": "x"}),),
          [request("Auth")]),
    State("basic", (step("b", "/list", auth={"type": "basic"}),), [request("Auth")]),
    State("OAuth 2", (step("o", "/list", auth=OAUTH),), [request("Auth")]),
    State("retry", (RECORD,), [request("Retry")]),
    State("outputs of the task", (RECORD,), [request("Output")]),
    State("JSON", (RECORD,), [request("JSON"), ("wait", ".cm-content")]),
    State("JSON that is broken", (RECORD,), [request("JSON"), ("break",)]),
    State("every kind of field", (ORDER,)),
    State("a few fields", (step("few", "/record", "POST", body={}, requestSchema=KINDS),)),
    State("sixty optional fields", (MANY,)),
    State("fields that are searched", (MANY,),
          [("fill", "Search the optional fields", "option_1")]),
    State("a field that is searched in vain", (MANY,),
          [("fill", "Search the optional fields", "zzz")]),
    State("an expression", (RECORD, READER), [("choose", "reader")]),
    State("completion", (RECORD, READER), [
        ("choose", "reader"), ("type", "URL", "${record.output.resp"), ("wait", ".popup"),
    ]),
    State("a form", (step("f", "/record", "POST", form={"a": "1"}),)),
    State("multipart", (MULTIPART,)),
    State("a file as the body", (step("f", "/record", "POST", file="a.bin"),)),
    State("GraphQL", (step("g", "/record", "POST", graphql={"query": "{ me }"}),)),
    State("findings", (step("ship", "/list"), step("ship", "/list", "BAD")), []),
    State("inputs that are asked for", (ASKS,), [("wait", ".asked")]),
    State("an input that is missing", (ASKS,),
          [("wait", ".asked"), ("click", "button", "Test request")]),
    State("a secret that is missing", (SECRET,), [("wait", ".asked")]),
    State("a test that runs", (step("slow", "/slow"),), [
        ("click", "button", "Test request"), ("wait", ".stages .now"),
    ]),
    State("a response", (RECORD,), [TEST, response("Body")]),
    State("a response that is searched", (RECORD,),
          [TEST, response("Body"), ("fill", "Search the response", "o")]),
    State("a value that is picked", (RECORD, READER), [TEST, response("Body"), ("pick", "total")]),
    State("a table", (step("list", "/list"),),
          [TEST, response("Body"), ("click", "button", "Table")]),
    State("raw", (RECORD,), [TEST, response("Body"), ("click", "button", "Raw")]),
    State("events", (step("words", "/words"),),
          [TEST, response("Body"), ("click", "button", "Events")]),
    State("text of a stream", (step("words", "/words"),), [TEST, response("Body")]),
    State("a picture", (step("picture", "/picture"),), [TEST, response("Body")]),
    State("a picture at large", (step("picture", "/picture"),),
          [TEST, response("Body"), ("pick-picture",)]),
    State("a binary file", (step("pdf", "/pdf"),), [TEST, response("Body"), ("wait", ".hex")]),
    State("a text file", (step("text", "/record", response={"format": "file"}),),
          [TEST, response("Body")]),
    State("no body", (step("empty", "/empty"),), [TEST, response("Body")]),
    State("named outputs", (RECORD,), [TEST, response("Outputs")]),
    State("headers of the response", (RECORD,), [TEST, response("Headers")]),
    State("timing", (step("busy", "/busy", retry={"maxAttempts": 2, "initialDelayMs": 1}),),
          [TEST, response("Timing")]),
    State("the request as sent", (ORDER,), [TEST, response("Request")]),
    State("cURL", (RECORD,), [TEST, response("cURL")]),
    State("history", (RECORD,), [TEST, TEST, response("History")]),
    State("a stale test", (RECORD,), [TEST, ("type", "URL", "?a=b"), response("History")]),
    State("a response that stands in", (RECORD,),
          [TEST, response("History"), ("click", "button", "Use as fixture")]),
    State("a client error", (step("bad", "/bad"),), [TEST]),
    State("a server that is refused", ({**RECORD, "inputParameters": {"http_request": {
        "uri": "http://10.9.9.9/", "method": "GET"}}},), [TEST]),
    State("a definition that cannot run", (ORDER,), [TEST]),
    State("an expected response", (step("e", "/list", responseSchema=KINDS),)),
    State("branches and loops", (RECORD, SWITCH, LOOP, WAIT)),
    State("places for a step", (SWITCH,), [("click", "button", "Add elsewhere")]),
    State("many steps", tuple(step(f"step_{number}", "/list") for number in range(60))),
    State("steps that are searched", tuple(step(f"step_{number}", "/list") for number in range(60)),
          [("fill", "Search the steps", "step_3")]),
    State("a switch", (SWITCH,), [("choose", "route")]),
    State("a loop", (LOOP,), [("choose", "again")]),
    State("a script", (SCRIPT,), [("choose", "sum")]),
    State("a wait", (WAIT,), [("choose", "wait")]),
    State("JSON of a task that is not HTTP", (WAIT,),
          [("tab", "Task", "JSON"), ("wait", ".cm-content")]),
    State("a step that was removed", (RECORD, READER), [("click", "button", "Remove this task")]),
    State("a conflict", (RECORD,), [("conflict",)]),
    State("read only", (ORDER, SWITCH), [("set", "readOnly", "true")]),
    State("to be saved", (RECORD,), [("set", "saveState", '"changed"')]),
    State("not on disk", (RECORD,), [("set", "saveState", '"new"')]),
    State("not connected", (RECORD,), [("set", "token", '""')]),
)  # fmt: skip


def responses() -> dict[str, Handler]:
    """What the server has."""
    stream = (("Content-Type", "text/event-stream"),)
    record = {"id": "o-1", "total": 42, "who": {"name": "Ada", "tags": ["a", "b"]}, "done": None}
    paint("an otter", 64, 64).encode()
    rows = [{"id": number, "name": f"row {number}"} for number in range(5)]
    return {
        "/record": lambda _: json_reply(record),
        "/list": lambda _: json_reply(rows),
        "/words": lambda _: Reply(200, stream, [*events(["The", "quick", "fox"])]),
        "/slow": lambda _: Reply(200, stream, [*events(["The"]), 3.0]),
        "/picture": lambda _: Reply(
            200, (("Content-Type", "image/png"),), paint("an otter", 64, 64).encode()
        ),
        "/pdf": lambda _: Reply(200, (("Content-Type", "application/pdf"),), b"%PDF" + bytes(200)),
        "/empty": lambda _: Reply(204),
        "/busy": lambda _: json_reply({"error": "busy"}, status=503),
        "/bad": lambda _: json_reply({"error": {"message": "x" * 300}}, status=422),
    }


def events(words: Sequence[str]) -> Iterator[bytes]:
    """A stream of text."""
    for word in words:
        data = {"type": "response.output_text.delta", "delta": f"{word} "}
        yield f"event: response.output_text.delta\ndata: {json.dumps(data)}\n\n".encode()


def show(page: Any, state: State, server: str) -> None:
    """Bring the panel into a state, from whatever it is in."""
    tasks = json.loads(json.dumps(list(state.tasks)).replace("SERVER", server))
    page.evaluate(
        f"""([flow]) => {{ const editor = {EDITOR};
              editor.readOnly = false;
              editor.store.set({{toast: null, conflict: null}});
              editor.store.catalogue.search('');
              editor.workflow = flow; }}""",
        [{**flow(*tasks), "name": state.name}],
    )
    page.evaluate(f"{EDITOR}.updateComplete.then(() => null)")
    for name, *given in state.acts:
        ACTS[name](page, *given)
    settle(page)


def _test(page: Any) -> None:
    last = f"{EDITOR}.store.tests.of()[0]"
    page.evaluate(f"{EDITOR}.tested = {last}, {EDITOR}.test(), undefined")
    wait_for(page, f"{last} && {last} !== {EDITOR}.tested && !{last}.running")


def _choose(page: Any, name: str) -> None:
    tree = page.get_by_role("tree", name="Tasks")
    tree.get_by_role("treeitem", name=name).first.click()


def _type(page: Any, label: str, text: str) -> None:
    page.get_by_label(label, exact=True).press("End")
    page.keyboard.type(text)


def _break(page: Any) -> None:
    page.locator(".cm-content").wait_for()
    view = f"{EDITOR}.shadowRoot.querySelector('hte-json').view"
    page.evaluate(f"{view}.dispatch({{changes: {{from: 0, to: 1, insert: '{{ broken'}}}})")


def _conflict(page: Any) -> None:
    page.evaluate(
        f"{EDITOR}.store.set({{conflict: {{theirs: {{name: 'theirs', tasks: []}}, "
        "reload() {}, overwrite() {}, saveAs() {}}})"
    )


ACTS = {
    "tab": lambda page, group, name: (
        page.get_by_role("tablist", name=group).get_by_role("tab", name=name).click()
    ),
    "click": lambda page, role, name: page.get_by_role(role, name=name).first.click(),
    "fill": lambda page, label, text: page.get_by_label(label).fill(text),
    "wait": lambda page, selector: page.locator(selector).first.wait_for(),
    "search": lambda page, words: (
        page.get_by_role("combobox", name="Search APIs").fill(words),
        wait_for(page, f"!{EDITOR}.store.state.searching"),
    ),
    "take": lambda page: (
        page.locator(".hit").first.click(),
        page.locator(".docs h2").wait_for(),
    ),
    "pick": lambda page, name: page.get_by_role("treeitem", name=name).press("Enter"),
    "pick-picture": lambda page: page.locator(".pictures button").first.click(),
    "set": lambda page, name, value: page.evaluate(f"{EDITOR}.{name} = {value}"),
    "choose": _choose,
    "type": _type,
    "test": _test,
    "break": _break,
    "conflict": _conflict,
}
