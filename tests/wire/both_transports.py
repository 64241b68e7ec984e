"""The wire's suite runs on both transports; what the second one does not pass is listed here."""

from __future__ import annotations

import pytest

SUITE = (
    "wire/http1/test_faults.py",
    "wire/http1/test_tls_proxy.py",
    "wire/http1/test_framing.py",
    "builtin/layers/test_policy.py",
    "builtin/layers/test_redirects.py",
    "builtin/layers/test_repeat.py",
    "pipeline/test_run.py",
    "pipeline/test_cookies.py",
)


SECOND = pytest.param(
    "requests", marks=pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    path = metafunc.definition.path.as_posix()
    if path.endswith(SUITE):
        metafunc.parametrize("transport", ["http1", SECOND], indirect=True)


@pytest.fixture(autouse=True)
def transport(
    request: pytest.FixtureRequest, isolated_home: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    if hasattr(request, "param"):
        monkeypatch.setenv("HTTPTASK_TRANSPORT", request.param)
