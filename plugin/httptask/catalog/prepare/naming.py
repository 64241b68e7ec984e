"""Names in a prepared task: of inputs, secrets and the task itself."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from httptask.core.words import ascii_text, slug, words

_RUN = re.compile(r"[A-Za-z0-9]+")
_IDENTIFIER = re.compile(r"[^A-Za-z0-9_]+")
_GENERIC = frozenset(
    {"api", "apis", "rest", "the", "openapi", "swagger", "specification", "spec", "documentation",
     "docs", "reference", "untitled", "overview"}
)  # fmt: skip
_COMMON = frozenset(
    {"verification", "public", "customer", "customers", "data", "search", "identity", "core",
     "service", "services", "management", "admin", "account", "accounts", "user", "users",
     "partner", "developer", "developers", "gateway", "payment", "payments", "order", "orders",
     "message", "messages", "messaging", "notification", "notifications", "sms", "email", "web",
     "client", "server", "app", "application", "main", "common", "general", "endpoints", "my",
     "sample", "test", "private", "external", "internal", "integration", "platform", "open",
     "business", "product", "products", "events", "reports", "reporting", "authentication",
     "endpoint", "and", "for", "of", "cloud", "voice", "numbers", "assess", "v"}
)  # fmt: skip
"""Words of a title that do not say whose API it is."""
_HOSTING = (
    "p.rapidapi.com", "rapidapi.com", "azurewebsites.net", "azure-api.net", "azurefd.net",
    "cloudapp.azure.com", "herokuapp.com", "appspot.com", "a.run.app", "cloudfunctions.net",
    "vercel.app", "netlify.app", "onrender.com", "github.io", "workers.dev", "web.app",
    "firebaseapp.com", "fly.dev", "pythonanywhere.com", "glitch.me", "repl.co", "ngrok.io",
    "apicast.io", "amazonaws.com", "cloudfront.net", "swaggerhub.com", "stoplight.io",
)  # fmt: skip
"""Domains below which others run their servers: the label before names them."""
_NUMBERED = frozenset({"amazonaws.com", "cloudfront.net", "swaggerhub.com", "stoplight.io"})
"""Those whose label before is a number or the name of a service."""
_SECOND = frozenset({"co", "com", "org", "net", "gov", "ac", "edu"})
"""Labels before a country that anybody may be registered below."""
_ABOUT = frozenset(
    {"title", "name", "subject", "summary", "text", "content", "message", "email", "to", "url",
     "query", "description", "phone", "amount", "body"}
)  # fmt: skip
"""Names of what a request is about."""
_ASIDE = frozenset(
    {"page", "pagesize", "limit", "offset", "sort", "sortorder", "custom", "metadata", "extra",
     "options", "settings", "additional", "debug"}
)  # fmt: skip
"""Names, or first words of names, of what only some callers set."""
_PAIR = 2
_LONGEST = 3
"""Words of a secret's first part."""


def title_slug(title: str) -> str:
    """Return the slug of an API's title; GitHub and APIs stay words, a CamelCaseTitle does not."""
    runs = _RUN.findall(ascii_text(title.replace("'", "")))
    return slug(" ".join(run if len(words(run)) > 2 else run.lower() for run in runs))


def least_telling(name: str) -> int:
    """Return how soon a field of a large body is sent: what it is about first, settings last."""
    said = words(name)
    if "".join(said) in _ABOUT or (len(said) == _PAIR and said[-1] in ("name", "title")):
        return 0
    return 2 if {"".join(said), said[0] if said else ""} & _ASIDE else 1


def identifier(text: str) -> str:
    """Return the text as a name that an expression can hold."""
    name = _IDENTIFIER.sub("_", ascii_text(text)).strip("_") or "value"
    return f"_{name}" if name[0].isdigit() else name


def task_name(operation_id: str, method: str, path: str) -> str:
    """Return a ``snake_case`` task name, at most 60 characters."""
    name = "_".join(words(operation_id) or [method.lower(), *words(path)])
    name = name[:60].strip("_") or "call_api"
    return f"call_{name}" if name[0].isdigit() else name


def secret_stem(title: str, base: str) -> str:
    """Return the first part of an API's secret names, such as ``PET_STORE``.

    Args:
        title: what the API is called.
        base: its address, whose host names it where the title says nothing, or goes on too long; or
            ``""``.
    """
    named = _named(words(title))
    vendor = _named(words(_vendor(urlsplit(base).hostname or "")))
    says_nothing = not named or (bool(vendor) and not set(named) - _COMMON)
    too_long = len(named) > _LONGEST and bool(vendor) and not set(named) & set(vendor)
    kept = vendor if says_nothing or too_long else named
    stem = "_".join((kept or words(title))[:_LONGEST]).upper() or "API"
    return f"API_{stem}" if stem[0].isdigit() else stem


def _named(found: list[str]) -> list[str]:
    return [word for word in found if word not in _GENERIC and not _is_version(word)]


def _vendor(host: str) -> str:
    """Return the label of a host that names who runs it, or ``""``."""
    labels = host.lower().split(".")
    for hosting in _HOSTING:
        if host.lower().endswith(f".{hosting}"):
            found = labels[-hosting.count(".") - 2]
            return "" if hosting in _NUMBERED else found
    if len(labels) > 2 and labels[-2] in _SECOND and len(labels[-1]) == 2:
        return labels[-3]
    return labels[-2] if len(labels) > 1 and not labels[-1].isdigit() else ""


def _is_version(word: str) -> bool:
    return word.isdigit() or bool(re.fullmatch(r"v\d+", word))
