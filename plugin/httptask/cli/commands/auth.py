"""``httptask auth``: connections, named credentials outside of definitions."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from httptask.cli import completing
from httptask.cli.options import data_option, documented, documented_group, machine
from httptask.cli.output import bold, dim, json_text, mark, note, plain, print_json, say

if TYPE_CHECKING:
    from httptask.trial.connections import Standing


@documented_group(
    "auth",
    """
    httptask auth add github bearer --origin https://api.github.com 'token=${workflow.secrets.GH}'
    httptask auth list
    httptask auth logout reports
    """,
)
def command() -> None:
    """Add, list and show connections, sign in and out; a token is never shown.

    A task uses one by "auth": {"type": "connection", "name": NAME}.
    """


@documented(
    "add",
    """
    httptask auth add github bearer --origin https://api.github.com 'token=${workflow.secrets.GH}'
    httptask auth add api apiKey --origin https://example.com name=Key 'value=${workflow.secrets.K}'
    """,
)
@click.argument("name")
@click.argument("kind")
@click.argument("fields", nargs=-1, metavar="[KEY=TEXT | KEY:=JSON]...")
@click.option(
    "--origin",
    "origins",
    multiple=True,
    required=True,
    metavar="URL",
    help="Origin that the credentials may go to, and no other; may be repeated.",
)
@click.option("--force", is_flag=True, help="Replace the connection that has this name.")
@data_option
def add(
    name: str,
    kind: str,
    fields: tuple[str, ...],
    origins: tuple[str, ...],
    force: bool,
    data: Path | None,
    as_json: bool,
) -> None:
    """Add the connection NAME with authentication of the type KIND.

    Secrets are written by name, ${workflow.secrets.NAME}, and never as they are.
    """
    from httptask.app.files import write_json
    from httptask.errors import DefinitionError
    from httptask.hooks.connections import load_connections, parse_connections
    from httptask.trial.connections import added

    settings, manager = machine((), False, data)
    path = settings.connections_file
    known = load_connections(path)
    if name in known and not force:
        raise DefinitionError(
            f"there is a connection {name!r} already",
            code="connection_exists",
            source=str(path),
            hint="--force replaces it",
        )
    document = {each: found.model_dump() for each, found in known.items()}
    document[name] = added(name, {"type": kind, **_read(fields)}, origins, manager)
    parse_connections(document, str(path))
    write_json(path, document, private=True)
    if as_json:
        print_json({"name": name, **document[name]})
    else:
        say(f"{mark(True)} {bold(name)} {dim(path)}")


@documented("list", "httptask auth list\nhttptask auth list --json")
@data_option
def list_all(data: Path | None, as_json: bool) -> None:
    """List the connections of this machine, and whether each can be used."""
    from httptask.trial.connections import standings

    found = list(standings(*machine((), False, data)))
    if as_json:
        print_json([each.to_json() for each in found])
        return
    if not found:
        note("no connections; httptask auth add makes one")
    for each in found:
        where = dim(", ".join(each.origins))
        say(f"{mark(each.fault is None)} {bold(each.name)} {_kind(each)}  {where}  {_state(each)}")


@documented("show", "httptask auth show reports")
@click.argument("name", shell_complete=completing.connections)
@data_option
def show(name: str, data: Path | None, as_json: bool) -> None:
    """Show a connection: what it is, where it may go, how long its token is valid."""
    from httptask.trial.connections import standing

    found = standing(name, *machine((), False, data))
    if as_json:
        print_json(found.to_json())
        return
    say(f"{mark(found.fault is None)} {bold(found.name)} {_state(found)}")
    say(json_text({"auth": found.auth, "origins": found.origins}))


@documented("login", "httptask auth login github\nhttptask auth login github --no-browser")
@click.argument("name", shell_complete=completing.connections)
@click.option("--no-browser", is_flag=True, help="Print the address; open no browser.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Port of the redirect.")
@data_option
def login(name: str, no_browser: bool, port: int, data: Path | None, as_json: bool) -> int:
    """Sign in for a connection whose grant is authorization_code or device_code.

    The server sends the browser back to 127.0.0.1 on this machine.
    """
    import webbrowser

    from httptask.trial.credentials import credentials_of
    from httptask.trial.redirect_receiver import redirect_receiver
    from httptask.trial.sign_in import Hosting, Invitation, sign_in

    def invite(to: Invitation) -> None:
        note(f"open {plain(to.url)}" + (f" and enter {bold(to.code)}" if to.code else ""))
        if not no_browser:
            webbrowser.open(to.url)

    settings, manager = machine((), False, data)
    hosting = Hosting(invite, lambda state: redirect_receiver(state, port))
    result = sign_in(credentials_of(name, settings), settings, manager, hosting)
    if result.error is not None:
        raise result.error
    if as_json:
        print_json({"name": name, "signedIn": True})
    else:
        say(f"{mark(True)} {bold(name)} signed in")
    return 0


@documented("logout", "httptask auth logout reports")
@click.argument("name", shell_complete=completing.connections)
@data_option
def logout(name: str, data: Path | None, as_json: bool) -> None:
    """Forget the token that is kept for a connection; the connection stays."""
    from httptask.trial.connections import sign_out

    gone = sign_out(name, *machine((), False, data))
    if as_json:
        print_json({"name": name, "forgotten": gone})
    else:
        say(f"{mark(gone or None)} {bold(name)} {'forgotten' if gone else 'no token was kept'}")


for each in (add, list_all, show, login, logout):
    command.add_command(each)


def _read(fields: tuple[str, ...]) -> dict[str, Any]:
    """Return the fields of a connection: texts, and JSON where the author says so."""
    from httptask.definition.reading import parse
    from httptask.errors import InputError

    found: dict[str, Any] = {}
    for text in fields:
        key, equals, value = text.partition("=")
        if not equals or not key.rstrip(":"):
            raise InputError(f"{text!r} is not a field", code="usage", hint="KEY=TEXT or KEY:=JSON")
        is_json = key.endswith(":")
        found[key.removesuffix(":")] = parse(value.encode(), key) if is_json else value
    return found


def _kind(found: Standing) -> str:
    words = [found.auth.get("type"), found.auth.get("grant")]
    return " ".join(plain(word) for word in words if word)


def _state(found: Standing) -> str:
    if found.fault is not None:
        return plain(found.fault.message)
    if found.token is None:
        return ""
    if found.token.due is None:
        return "has a token"
    moment = datetime.fromtimestamp(found.token.due, UTC).isoformat(" ", "seconds")
    return f"has a token, renewed at {moment}"
