"""The request that a task says, in the form of the import cases' expectations."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote


def request_of(task: dict[str, Any]) -> dict[str, Any]:
    """Return the request of an HTTP task."""
    request = task["inputParameters"]["http_request"]
    options = task["inputParameters"].get("httptask", {})
    body = _body(request, options)
    headers: list[list[Any]] = []
    if kind := request.get("contentType"):
        headers.append(["Content-Type", kind])
    elif "form" in options:
        headers.append(["Content-Type", "application/x-www-form-urlencoded"])
    if request.get("accept"):
        headers.append(["Accept", request["accept"]])
    for name, value in request.get("headers", {}).items():
        lines = value if isinstance(value, list) else [value]
        headers += [[name, _unescaped(each)] for each in lines if each is not None]
    return {
        "method": request["method"],
        "url": _url(request["uri"], options),
        "headers": headers,
        "body": body,
        "auth": options.get("auth"),
        "settings": {
            **{name: value for name, value in request.items() if name.endswith("TimeOut")},
            **_flat(options),
        },
        "output": options.get("output", {}),
    }


def _url(uri: str, options: dict[str, Any]) -> str:
    for name, value in options.get("path", {}).items():
        uri = uri.replace(f"{{{name}}}", value)
    pairs = [
        f"{quote(name)}={each if '${' in each else quote(each)}"
        for name, value in options.get("query", {}).items()
        for each in (value if isinstance(value, list) else [value])
    ]
    separator = "&" if "?" in uri else "?"
    return uri + (separator + "&".join(pairs) if pairs else "")


def _flat(options: dict[str, Any]) -> dict[str, Any]:
    found = dict(options)
    for name, value in options.items():
        if isinstance(value, dict):
            found |= {f"{name}.{key}": each for key, each in value.items()}
    return found


def _body(request: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:
    if "file" in options:
        return {"kind": "file", "file": options["file"]}
    if "form" in options:
        pairs = [
            [name, _unescaped(each)]
            for name, value in options["form"].items()
            for each in (value if isinstance(value, list) else [value])
        ]
        return {"kind": "form", "fields": pairs}
    if "multipart" in options:
        parts = [
            _part(name, each)
            for name, value in options["multipart"].items()
            for each in (value if isinstance(value, list) else [value])
        ]
        return {"kind": "multipart", "parts": parts}
    body = request.get("body")
    if body is None:
        return {"kind": "none"}
    if not isinstance(body, str):
        return {"kind": "json", "value": _unescaped(body)}
    form = request.get("contentType", "").startswith("application/x-www-form-urlencoded")
    return {"kind": "form-text" if form else "text", "text": _unescaped(body)}


def _part(name: str, part: Any) -> dict[str, Any]:
    if isinstance(part, str):
        return {"name": name, "text": _unescaped(part)}
    found = {"name": name, **part}
    if "value" in found:
        found["text"] = _unescaped(found.pop("value"))
    return found


def _unescaped(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("$${", "${")
    if isinstance(value, dict):
        return {key: _unescaped(each) for key, each in value.items()}
    return [_unescaped(each) for each in value] if isinstance(value, list) else value
