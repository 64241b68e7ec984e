"""What the environment says about proxies and authorities, as requests reads it."""

from __future__ import annotations

import os

from requests.utils import get_environ_proxies, select_proxy

_BUNDLE_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


def proxy_for(url: str) -> str:
    """Return the address of the proxy to a URL, or ""."""
    return select_proxy(url, get_environ_proxies(url)) or ""


def authorities() -> str:
    """Return the file or folder of authorities to trust, or "" for the usual ones."""
    return next(filter(None, map(os.environ.get, _BUNDLE_VARIABLES)), "")
