"""A trace in the terminal: live while it happens, then as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from httptask.cli.output import (
    bold,
    dim,
    mark,
    milliseconds,
    note,
    plain,
    say,
    short_json,
    size_text,
    style,
)

_BODY_WIDTH = 2000


class LiveTrace:
    """Shows stages and events on standard error as they happen."""

    def saw(self, kind: str, record: Mapping[str, Any]) -> None:
        """Show one record."""
        if kind == "stage":
            self._stage(record)
        elif kind == "exchange":
            response = record["response"] or {}
            line = f"{record['request']['method']} {record['request']['url']}"
            note(f"  {dim('→')} {plain(line)}  {_status(response)}")
        elif kind == "event":
            note(f"  {dim('event')} {_event(record['event'])}")

    def _stage(self, record: Mapping[str, Any]) -> None:
        error = record["error"]
        timing = dim(f"{milliseconds(record['durationMs'])}, {record['plugin']}")
        note(f"{mark(error is None)} {record['name']:<22}{timing}")


def show_trace(trace: Mapping[str, Any], *, verbose: bool = False) -> None:
    """Show a trace document."""
    for exchange in trace["exchanges"]:
        _exchange(exchange, verbose)
    if not trace["exchanges"] and trace["stoppedAfter"]:
        _would_send(trace)
    _output(trace)
    for warning in trace["warnings"]:
        say(f"{style('warning', fg='yellow')} {plain(warning['message'])}")
    _error(trace["error"])
    for suggestion in trace["suggestions"]:
        say(f"  {dim('try')}  {plain(suggestion)}")
    say(f"{bold('next')} {_coloured(trace['status'])} {plain(trace['nextStep'])}")
    if trace["curl"]:
        say(f"{bold('curl')} {plain(trace['curl'])}")
    if trace["redacted"]:
        say(dim("secrets in the output are shown as ***"))


def show_summary(trace: Mapping[str, Any]) -> None:
    """Show on standard error how a test request ended, in a few lines."""
    note(f"  {_coloured(trace['status'])} {dim(milliseconds(trace['durationMs']))}")
    for name, value in trace["output"].items():
        if name != "response":
            note(f"  {plain(name)}  {_mapped(value)}")


def _exchange(exchange: Mapping[str, Any], verbose: bool) -> None:
    request, response = exchange["request"], exchange["response"]
    title = f"{request['method']} {request['url']}"
    say()
    say(f"{bold(plain(title))}  {dim(exchange['purpose'])} {dim('#' + str(exchange['attempt']))}")
    if verbose:
        _headers("> ", request["headers"])
        _body("> ", request["body"])
    say(f"{_status(response or {})}  {_timings(exchange['timings'])}")
    if response is not None:
        if verbose:
            _headers("< ", response["headers"])
        _body("< ", response["body"])
    elif exchange["error"]:
        say(f"  {style(exchange['error']['message'], fg='red')}")


def _would_send(trace: Mapping[str, Any]) -> None:
    signed = [stage for stage in trace["stages"] if stage["name"] == "authenticate_request"]
    if signed and signed[-1]["value"]:
        request = signed[-1]["value"]
        say(bold(plain(f"{request['method']} {request['url']} HTTP/1.1")))
        _headers("", request["headers"])
        say()
        _body("", request["body"])


def _headers(prefix: str, headers: list[list[str]]) -> None:
    for name, value in headers:
        say(f"{dim(prefix)}{plain(name)}: {plain(value)}")


def _body(prefix: str, body: Mapping[str, Any] | None) -> None:
    if body is None or not body["size"]:
        return
    text = body.get("text")
    kind = dim(f"{body['mediaType'] or 'no media type'}, {size_text(body['size'])}")
    if text is None:
        say(f"{dim(prefix)}({kind}{dim(', binary)')}")
        return
    shown = plain(text[:_BODY_WIDTH])
    more = dim("…") if len(text) > _BODY_WIDTH or body["truncated"] else ""
    say(f"{dim(prefix)}{shown}{more}  {kind}")


def _status(response: Mapping[str, Any]) -> str:
    status = response.get("status")
    if status is None:
        return style("no answer", fg="red")
    colour = "green" if status < 300 else "yellow" if status < 400 else "red"
    return style(f"{status} {response.get('reason', '')}".strip(), fg=colour, bold=True)


def _timings(timings: Mapping[str, Any]) -> str:
    names = ("dns", "connect", "tls", "send", "wait", "receive")
    phases = [f"{name} {milliseconds(timings[name])}" for name in names if timings[name]]
    return f"{milliseconds(timings['total'])} {dim('(' + ', '.join(phases) + ')')}"


def _event(event: Any) -> str:
    if isinstance(event, Mapping) and {"event", "data"} <= event.keys():
        data = event["data"]
        if isinstance(data, Mapping):
            data = {key: _short(value) for key, value in data.items()}
        return f"{plain(event['event'])} {short_json(data)}"
    return short_json(event)


def _short(value: Any) -> Any:
    return f"({len(value)} characters)" if isinstance(value, str) and len(value) > 60 else value


def _output(trace: Mapping[str, Any]) -> None:
    mapped = {name: value for name, value in trace["output"].items() if name != "response"}
    if not mapped:
        return
    say()
    say(bold("output"))
    for name, value in mapped.items():
        say(f"  {plain(name)}  {_mapped(value)}")


def _mapped(value: Any) -> str:
    if isinstance(value, Mapping) and {"path", "sha256", "size"} <= value.keys():
        return f"{plain(value['path'])} {dim(value['mediaType'] + ', ' + size_text(value['size']))}"
    return short_json(value)


def _error(error: Mapping[str, Any] | None) -> None:
    if error is None:
        return
    say()
    say(f"{style('error', fg='red', bold=True)} {plain(error['message'])}  {dim(error['code'])}")
    if error["pointer"]:
        where = f"{error['source']}#{error['pointer']}" if error["source"] else error["pointer"]
        say(f"  {dim('at')}   {plain(where)}")


def _coloured(status: str) -> str:
    colours = {"completed": "green", "retriable": "yellow", "stopped": "yellow"}
    return style(status, fg=colours.get(status, "red" if status.startswith("failed") else None))
