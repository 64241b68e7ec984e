"""A trace in the terminal: live while it happens, then as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from httptask.cli.output import (
    bold,
    dim,
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
)
from httptask.cli.wiring_view import show_wiring

_BODY_WIDTH = 2000
_SHOWN_AS_MESSAGES = frozenset({"build_request"})


class LiveTrace:
    """Shows stages and events on standard error as they happen."""

    def saw(self, kind: str, record: Mapping[str, Any]) -> None:
        """Show one record."""
        if kind == "stage":
            self._done(record, record["name"])
        elif kind == "layer" and _is_worth_telling(record):
            self._done(record, f"{record['slot']} {_times(record['inward'])}")
        elif kind == "exchange":
            response = record["response"] or {}
            line = f"{record['request']['method']} {record['request']['url']}"
            note(f"  {dim('→')} {plain(line)}  {_status(response)}")
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
        say(f"{erased}{mark(None)} {plain(record['text'])}", error=True)


def _is_worth_telling(layer: Mapping[str, Any]) -> bool:
    """Tell whether a layer did more than hand on a call, or is not httptask's own."""
    own = layer["plugin"].startswith("httptask.")
    return not own or (layer["inward"] != 1 and layer["slot"] != "send_request")


def _times(inward: int) -> str:
    return {0: "by itself", 1: "once"}.get(inward, f"{inward} times")


def show_trace(trace: Mapping[str, Any], *, verbose: bool = False) -> None:
    """Show a trace document."""
    if verbose:
        _stage_values(trace["stages"])
        _layers(trace["layers"])
    for each in trace["notes"]:
        say(f"{mark(None)} {plain(each['text'])} {dim(milliseconds(each['startedMs']))}")
    failed = (trace["error"] or {}).get("message")
    for exchange in trace["exchanges"]:
        _exchange(exchange, verbose, failed)
    if trace["wouldSend"]:
        _would_send(trace["wouldSend"])
    if trace.get("wiring"):
        show_wiring(trace["wiring"])
    _output(trace)
    for warning in trace["warnings"]:
        say(f"{style('warning', fg='yellow')} {plain(warning['message'])}")
    _error(trace["error"])
    for suggestion in trace["suggestions"]:
        say(f"  {dim('try')}  {plain(suggestion)}")
    status = "" if trace["status"] == "stopped" else f"{_coloured(trace['status'])}: "
    say(f"{bold('next')}  {status}{plain(trace['nextStep'])}")
    if trace["curl"]:
        say(bold("as a curl command"))
        say(plain(trace["curl"]))
    if trace["redacted"]:
        say(dim("secrets in the output are shown as ***"))


def show_summary(trace: Mapping[str, Any]) -> None:
    """Show on standard error how a test request ended, in a few lines."""
    note(f"  {_coloured(trace['status'])} {dim(milliseconds(trace['durationMs']))}")
    for name, value in trace["output"].items():
        if name != "response":
            note(f"  {plain(name)}  {_mapped(value)}")


def _stage_values(stages: Iterable[Mapping[str, Any]]) -> None:
    """Show what the stages gave, but for requests and responses, which are shown as such."""
    for stage in stages:
        if stage["value"] is not None and stage["name"] not in _SHOWN_AS_MESSAGES:
            say()
            say(f"{bold(stage['name'])} {dim(stage['plugin'])}")
            say(_cut(json_text(stage["value"])))


def _layers(layers: Iterable[Mapping[str, Any]]) -> None:
    """Show which layers ran, and how often each called the next one."""
    for number, layer in enumerate(layers):
        if not number:
            say()
            say(bold("layers"))
        what = f"{layer['slot']} {layer['kind']}"
        about = f"{layer['plugin']}, {milliseconds(layer['durationMs'])}"
        times = "" if layer["slot"] == "send_request" else _times(layer["inward"])
        say(f"  {plain(what):<24}{times:<10}{dim(plain(about))}")


def _cut(text: str) -> str:
    return text if len(text) <= _BODY_WIDTH else f"{text[:_BODY_WIDTH]}…"


def _exchange(exchange: Mapping[str, Any], verbose: bool, failed: str | None) -> None:
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
    elif exchange["error"] and exchange["error"]["message"] != failed:
        say(f"  {style(exchange['error']['message'], fg='red')}")


def _would_send(request: Mapping[str, Any]) -> None:
    parts = urlsplit(request["url"])
    target = parts._replace(scheme="", netloc="").geturl() or "/"
    say(f"{bold('would send')} {dim(f'to {parts.scheme}://{parts.netloc}')}")
    say(f"{request['method']} {plain(target)} HTTP/{request['httpVersion']}")
    _headers("", request["headers"])
    say()
    _body("", request["body"], as_sent=True)
    say()


def _headers(prefix: str, headers: list[list[str]]) -> None:
    for name, value in headers:
        say(f"{dim(prefix)}{plain(name)}: {plain(value)}")


def _body(prefix: str, body: Mapping[str, Any] | None, *, as_sent: bool = False) -> None:
    """Show a body: as the bytes that are sent, or JSON laid out for people; then what it is."""
    if body is None or not body["size"]:
        return
    about = [body["mediaType"] or "no media type", size_text(body["size"])]
    text = body.get("text")
    if text is None:
        about.append("binary; --json has it in base64" if "base64" in body else "not recorded")
    else:
        whole = as_sent or body["truncated"]
        laid_out = text if whole else _laid_out(text)
        shown = laid_out if as_sent else laid_out[:_BODY_WIDTH]
        for line in shown.split("\n") if shown else ():
            say(f"{dim(prefix)}{plain(line)}")
        if body["truncated"]:
            about.append("cut by the recorder: --level trace keeps more")
        elif len(shown) < len(laid_out):
            about.append(f"the first {_BODY_WIDTH} characters; --json has the rest")
    say(f"{dim(prefix)}{dim('(' + ', '.join(about) + ')')}")


def _laid_out(text: str) -> str:
    from httptask.core.json_text import decode

    try:
        value = decode(text)
    except (ValueError, RecursionError):
        return text
    return json_text(value) if isinstance(value, (dict, list)) else text


def _status(response: Mapping[str, Any]) -> str:
    status = response.get("status")
    if status is None:
        return style("no response", fg="red")
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
        return f"{plain(event['event'])} {short_json(data)}"
    return short_json(event)


def _short(value: Any) -> Any:
    return f"({len(value)} characters)" if isinstance(value, str) and len(value) > 60 else value


def _output(trace: Mapping[str, Any]) -> None:
    mapped = {name: value for name, value in trace["output"].items() if name != "response"}
    body = (trace["output"].get("response") or {}).get("body")
    if _is_file(body):
        mapped = {"response.body": body, **mapped}
    if not mapped:
        return
    say()
    say(bold("output"))
    for name, value in mapped.items():
        say(f"  {plain(name)}  {_mapped(value)}")


def _mapped(value: Any) -> str:
    if _is_file(value):
        return f"{plain(value['path'])} {dim(value['mediaType'] + ', ' + size_text(value['size']))}"
    return short_json(value)


def _is_file(value: Any) -> bool:
    return isinstance(value, Mapping) and {"path", "sha256", "size", "mediaType"} <= value.keys()


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
