"""What ``requests`` and the library below it raise, and the error of ours that it becomes."""

from __future__ import annotations

import socket
from typing import Any

from requests.exceptions import ConnectionError as NoConnectionError
from requests.exceptions import ConnectTimeout, ProxyError, RequestException

from httptask.core.message import HttpRequest
from httptask.errors import HttpTaskError, TransportError
from httptask.wire.http1.dial import proxy_refused
from httptask.wire.limits import Limits


def failure(
    error: Exception, request: HttpRequest, limits: Limits, *, mounted: bool
) -> HttpTaskError:
    """Return the error of a request that got no response.

    Only requests' own adapter can say that nothing was sent. A response that cannot
    be read, with too many header lines for example, is not sent again.
    """
    if isinstance(error, HttpTaskError):
        return error
    cause, limits.phase = _cause(error), "wait"
    if not mounted:
        refused = isinstance(cause, OSError) and cause.errno is None
        if isinstance(error, ProxyError) and refused and not isinstance(cause, TimeoutError):
            return proxy_refused(str(cause))
        if isinstance(cause, socket.gaierror):
            limits.phase = "dns"
        elif isinstance(error, ConnectTimeout | ProxyError) or _never_connected(error):
            limits.phase = "connect"
    ours = limits.failure(cause, f"{request.method} {request.origin}: ")
    if not isinstance(cause, OSError):
        ours.retryable = False
    return ours


def broken_off(error: Exception, limits: Limits) -> TransportError:
    """Return the error of a response whose body broke off."""
    cause, limits.phase = _cause(error), "body"
    return limits.failure(cause if isinstance(cause, OSError) else ConnectionError(str(cause)))


def _never_connected(error: Exception) -> bool:
    """Tell whether no connection was made: requests gives a reason then, and only then."""
    return type(error) is NoConnectionError and hasattr((*error.args, None)[0], "reason")


def _cause(error: BaseException) -> Any:
    """Return the innermost error of the system, or else the innermost one."""
    chain = [error]
    while (inner := chain[-1].__cause__ or chain[-1].__context__) is not None:
        chain.append(inner)
    causes = [each for each in chain if not isinstance(each, RequestException)]
    of_system = [each for each in causes if isinstance(each, OSError)]
    return (of_system or causes or chain)[-1]
