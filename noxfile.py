"""The sessions of nox: ``nox -l`` lists them.

The plain test command stands in README.md; these are for other Python versions, other versions of
what httptask depends on, coverage and the packages.
"""

from __future__ import annotations

import nox

nox.options.default_venv_backend = "uv|virtualenv"
nox.options.sessions = ["lint", "tests"]

PYTHONS = ["3.11", "3.12", "3.13", "3.14"]
LEAST_COVERAGE = "92"


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Run the tests with the newest versions of all dependencies."""
    session.install("-e", ".[all,dev]")
    session.run("pytest", *session.posargs)


@nox.session(python="3.11", venv_backend="uv")
def lowest(session: nox.Session) -> None:
    """Run the tests with the lowest versions allowed; the newest tools check style and types."""
    session.install("--resolution", "lowest-direct", "-e", ".[all,dev]")
    session.run("pytest", "--deselect", "tests/policing/test_tools.py", *session.posargs)


@nox.session(python="3.11")
def constrained(session: nox.Session) -> None:
    """Run the tests with the versions of constraints.txt."""
    session.install("-c", "constraints.txt", "-e", ".[all,dev]")
    session.run("pytest", *session.posargs)


@nox.session(python="3.11")
def coverage(session: nox.Session) -> None:
    """Measure branch coverage; fail below the floor."""
    session.install("-e", ".[all,dev]", "pytest-cov>=6")
    floor = f"--cov-fail-under={LEAST_COVERAGE}"
    session.run("pytest", "--cov=httptask", "--cov-branch", "--cov-report=term", floor)


@nox.session(python="3.11")
def lint(session: nox.Session) -> None:
    """Check style and types."""
    session.install("-e", ".[all,dev]")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("mypy")


@nox.session(python="3.11")
def docs(session: nox.Session) -> None:
    """Build the site of the documentation, in ``site``; a link that leads nowhere fails."""
    session.install("zensical>=0.0.73,<0.1")
    session.run("zensical", "build", "--clean")


@nox.session(python="3.11")
def package(session: nox.Session) -> None:
    """Build wheel and sdist twice; they are the same, and as an index wants them."""
    session.install("build", "check-wheel-contents", "twine")
    folders = [f"{session.create_tmp()}/{name}" for name in ("first", "second")]
    for folder in folders:
        session.run("python", "-m", "build", "--outdir", folder, env={"SOURCE_DATE_EPOCH": "0"})
    session.run("diff", "-r", *folders, external=True)
    session.run("bash", "-c", f"twine check --strict {folders[0]}/*", external=True)
    session.run("check-wheel-contents", folders[0])
