"""A trace in the terminal: live while it happens, then as a whole.

The response's body is on standard output, and nothing else, so that it can be piped; all that is
said about it is on standard error.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from httptask.cli.output import (
    bold,
    brief,
    coloured_json,
    columns,
    dim,
    is_stored_file,
    is_terminal,
    json_text,
    mark,
    milliseconds,
    note,
    plain,
    say,
    short_json,
    size_text,
    style,
    warn,
)
from httptask.cli.wiring_view import show_wiring
from httptask.errors import StatusError

_BODY_WIDTH = 2000
_SHOWN_ELSEWHERE = frozenset({"build_request", "decode_response", "map_outputs"})


class LiveTrace:
    """Shows what a task does on standard error as it happens.

    Args:
        stages: whether the stages are shown, or only what is sent, repeated and received.
    """

    def __init__(self, *, stages: bool = True) -> None:
        self._stages = stages

    def saw(self, kind: str, record: Mapping[str, Any]) -> None:
        """Show one record."""
        if kind == "stage" and self._stages:
            self._done(record, record["name"])
        elif kind == "layer" and self._stages and _is_worth_telling(record):
            self._done(record, f"{record['slot']} {_times(record['inward'])}")
        elif kind == "exchange":
            _exchange_line(record)
        elif kind == "note":
            saw_note(kind, record)
        elif kind == "event":
            note(f"  {dim('event')} {_event(record['event'])}")

    def _done(self, record: Mapping[str, Any], what: str) -> None:
        timing = dim(f"{milliseconds(record['durationMs'])}, {record['plugin']}")
        note(f"{mark(record['error'] is None)} {what:<22}{timing}")


def saw_note(kind: str, record: Mapping[str, Any]) -> None:
    """Show on standard error what a task does that takes time, over a line that is drawn there."""
    if kind == "note":
        erased = "\r\x1b[K" if is_terminal() else ""
        say(f"{erased}{mark(None)} {plain(brief(record['text'], columns() - 2))}", error=True)


def _exchange_line(exchange: Mapping[str, Any]) -> None:
    """Show one request, and what came of it."""
    request, response = exchange["request"], exchange["response"]
    purpose = "" if exchange["purpose"] == "task" else f" {dim(exchange['purpose'])}"
    line = plain(f"{request['method']} {request['url']}")
    note(f"{dim('→')} {bold(line)}{purpose}  {_status(response)}")


def _is_worth_telling(layer: Mapping[str, Any]) -> bool:
    """Tell whether a layer did more than hand on a call, or is not httptask's own."""
    own = layer["plugin"].startswith("httptask.")
    return not own or (layer["inward"] != 1 and layer["slot"] != "send_request")


def _times(inward: int) -> str:
    return {0: "by itself", 1: "once"}.get(inward, f"{inward} times")


def show_trace(
    trace: Mapping[str, Any], *, verbose: bool = False, in_workflow: bool = True
) -> None:
    """Show a trace document: the body on standard output, the rest beside it.

    Args:
        trace: the document.
        verbose: show all stages, layers and messages, and a curl command.
        in_workflow: say what the workflow would do next.
    """
    if verbose:
        _stage_values(trace["stages"])
        _layers(trace["layers"])
    if trace["exchanges"]:
        _exchanges(trace, verbose=verbose)
    if trace["wouldSend"]:
        _would_send(trace["wouldSend"])
    if trace.get("wiring"):
        show_wiring(trace["wiring"])
    _output(trace)
    for warning in trace["warnings"]:
        warn(warning["message"])
    _error(trace["error"])
    for suggestion in trace["suggestions"]:
        note(f"  {dim('try')}  {plain(suggestion)}")
    if in_workflow:
        status = "" if trace["status"] == "stopped" else f"{_coloured(trace['status'])}: "
        note(f"{bold('next')}  {status}{plain(trace['nextStep'])}")
    if trace["curl"] and (verbose or trace["wouldSend"]):
        without = ", without authentication: nothing was sent" if _is_replayed(trace) else ""
        note(bold(f"as a curl command{without}"))
        note(plain(trace["curl"]))
    if trace["redacted"]:
        note(dim("secrets in the output are shown as ***"))


def _is_replayed(trace: Mapping[str, Any]) -> bool:
    """Tell whether a fixture stood in for the network: no layer behind it ran."""
    return any(each["slot"] == "replay" and not each["inward"] for each in trace["layers"])


def show_summary(trace: Mapping[str, Any]) -> None:
    """Show on standard error how a test request ended, in a few lines."""
    note(f"  {_coloured(trace['status'])} {dim(milliseconds(trace['durationMs']))}")
    for name, value in trace["output"].items():
        if name != "response":
            note(f"  {plain(name)}  {_mapped(value, len(name) + 4)}")


def _stage_values(stages: Iterable[Mapping[str, Any]]) -> None:
    """Show what the stages gave, but for what is shown as request, response or output."""
    for stage in stages:
        if stage["value"] is not None and stage["name"] not in _SHOWN_ELSEWHERE:
            note("")
            note(f"{bold(stage['name'])} {dim(stage['plugin'])}")
            note(_cut(json_text(stage["value"])))


def _layers(layers: Iterable[Mapping[str, Any]]) -> None:
    """Show which layers ran, and how often each called the next one."""
    for number, layer in enumerate(layers):
        if not number:
            note("")
            note(bold("layers"))
        what = f"{layer['slot']} {layer['kind']}"
        about = f"{layer['plugin']}, {milliseconds(layer['durationMs'])}"
        times = "" if layer["slot"] == "send_request" else _times(layer["inward"])
        note(f"  {plain(what):<24}{times:<10}{dim(plain(about))}")


def _cut(text: str) -> str:
    return text if len(text) <= _BODY_WIDTH else f"{text[:_BODY_WIDTH]}…"


def _exchanges(trace: Mapping[str, Any], *, verbose: bool) -> None:
    """Show the last response whole, and with ``verbose`` all requests and responses."""
    *before, last = trace["exchanges"]
    for exchange in before if verbose else ():
        _messages(exchange)
        _body("< ", (exchange["response"] or {}).get("body"))
    if verbose:
        _messages(last)
    else:
        note(f"  {_timings(last['timings'])}")
        _headers("  ", (last["response"] or {}).get("headers", ()))
    failed = (trace["error"] or {}).get("message")
    if last["error"] and last["error"]["message"] != failed:
        note(f"  {style(last['error']['message'], fg='red')}")
    _response_body(trace, last)


def _messages(exchange: Mapping[str, Any]) -> None:
    """Show a request, and the head of its response."""
    note("")
    _exchange_line(exchange)
    note(f"  {_timings(exchange['timings'])}")
    _headers("> ", exchange["request"]["headers"])
    _body("> ", exchange["request"]["body"])
    _headers("< ", (exchange["response"] or {}).get("headers", ()))


def _response_body(trace: Mapping[str, Any], last: Mapping[str, Any]) -> None:
    """Print the body on standard output: as the task has it, or as it was recorded.

    A terminal is not given what is stored in a file.
    """
    whole: Any = (trace["output"].get("response") or {}).get("body")
    recorded = (last["response"] or {}).get("body") or {}
    if is_stored_file(whole):
        if not sys.stdout.isatty():
            with Path(whole["path"]).open("rb") as stored:
                shutil.copyfileobj(stored, sys.stdout.buffer)
        return
    if whole is None and not recorded.get("text"):
        return
    note("")
    if whole is None:
        say(plain(_laid_out(recorded["text"])))
    elif isinstance(whole, str):
        say(plain(whole))
    else:
        say(coloured_json(whole))


def _would_send(request: Mapping[str, Any]) -> None:
    """Print the request, as it would be sent, on standard output."""
    parts = urlsplit(request["url"])
    target = parts._replace(scheme="", netloc="").geturl() or "/"
    note(f"{bold('would send')} {dim(f'to {parts.scheme}://{parts.netloc}')}")
    say(f"{request['method']} {plain(target)} HTTP/{request['httpVersion']}")
    for name, value in request["headers"]:
        say(f"{plain(name)}: {plain(value)}")
    say()
    body = request["body"]
    if body is None or not body["size"]:
        return
    if body.get("text") is not None:
        say(plain(body["text"]))
    note(dim(f"({', '.join(_about(body))})"))


def _headers(prefix: str, headers: Iterable[Sequence[str]]) -> None:
    for name, value in headers:
        note(f"{dim(prefix + plain(name) + ':')} {plain(value)}")


def _body(prefix: str, body: Mapping[str, Any] | None) -> None:
    """Show a body of a message, laid out for people; then what it is."""
    if body is None or not body["size"]:
        return
    about, text = _about(body), body.get("text") or ""
    laid_out = text if body["truncated"] else _laid_out(text)
    shown = laid_out[:_BODY_WIDTH]
    for line in shown.split("\n") if shown else ():
        note(f"{dim(prefix)}{plain(line)}")
    if len(shown) < len(laid_out) and not body["truncated"]:
        about.append(f"the first {_BODY_WIDTH} characters; --json has the rest")
    note(f"{dim(prefix)}{dim('(' + ', '.join(about) + ')')}")


def _about(body: Mapping[str, Any]) -> list[str]:
    """Return what a body is: type, size, and whether all of it was recorded."""
    about = [body["mediaType"] or "no media type", size_text(body["size"])]
    if body.get("text") is None:
        about.append("binary; --json has it in base64" if "base64" in body else "not recorded")
    if body["truncated"]:
        about.append("cut by the recorder: --level trace keeps more")
    return about


def _laid_out(text: str) -> str:
    from httptask.core.json_text import decode

    try:
        value = decode(text)
    except (ValueError, RecursionError):
        return text
    return json_text(value) if isinstance(value, (dict, list)) else text


def _status(response: Mapping[str, Any] | None) -> str:
    if response is None:
        return style("no response", fg="red")
    status = response["status"]
    colour = "green" if status < 300 else "yellow" if status < 400 else "red"
    return style(f"{status} {response.get('reason', '')}".strip(), fg=colour, bold=True)


def _timings(timings: Mapping[str, Any]) -> str:
    names = ("dns", "connect", "tls", "send", "wait", "receive")
    phases = [f"{name} {milliseconds(timings[name])}" for name in names if timings[name]]
    shown = dim("(" + ", ".join(phases) + ")") if phases else ""
    return f"{milliseconds(timings['total'])} {shown}".rstrip()


def _event(event: Any) -> str:
    if isinstance(event, Mapping) and {"event", "data"} <= event.keys():
        data = event["data"]
        if isinstance(data, Mapping):
            data = {key: _short(value) for key, value in data.items()}
        name = plain(event["event"])
        return f"{name} {short_json(data, len(name) + 9)}"
    return short_json(event, 8)


def _short(value: Any) -> Any:
    return f"({len(value)} characters)" if isinstance(value, str) and len(value) > 60 else value


def _output(trace: Mapping[str, Any]) -> None:
    mapped = {name: value for name, value in trace["output"].items() if name != "response"}
    body = (trace["output"].get("response") or {}).get("body")
    if is_stored_file(body):
        mapped = {"response.body": body, **mapped}
    if not mapped:
        return
    note("")
    note(bold("output"))
    for name, value in mapped.items():
        note(f"  {plain(name)}  {_mapped(value, len(name) + 4)}")


def _mapped(value: Any, used: int) -> str:
    if is_stored_file(value):
        return f"{plain(value['path'])} {dim(value['mediaType'] + ', ' + size_text(value['size']))}"
    return short_json(value, used)


def _error(error: Mapping[str, Any] | None) -> None:
    if error is None:
        return
    message = error["message"]
    if error["code"] == StatusError.default_code:  # the body that it quotes is shown
        before, quoted, _ = message.partition('": ')
        message = f'{before}"' if quoted else message
    note("")
    note(f"{style('error', fg='red', bold=True)} {plain(message)}  {dim(error['code'])}")
    if error["pointer"]:
        where = f"{error['source']}#{error['pointer']}" if error["source"] else error["pointer"]
        note(f"  {dim('at')}   {plain(where)}")


def _coloured(status: str) -> str:
    colours = {"completed": "green", "retriable": "yellow", "stopped": "yellow"}
    return style(status, fg=colours.get(status, "red" if status.startswith("failed") else None))
