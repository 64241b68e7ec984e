"""What a signature of Amazon Web Services needs to know of an address."""

from __future__ import annotations

import re
from typing import Final

from httptask.catalog.prepare.address import Address
from httptask.catalog.prepare.skeleton import Skeleton

_REGION: Final = re.compile(r"[a-z]{2}(?:-[a-z]+)+-\d")
_GATEWAY: Final = "execute-api"
_GLOBAL: Final = "us-east-1"
"""Region of the services that have one endpoint."""
_SIGNED_AS: Final = {"email": "ses", "marketplace": "aws-marketplace"}
"""Services that sign with another name than that of their host."""


def region_and_service(address: Address, skeleton: Skeleton) -> tuple[str, str]:
    """Return region and service of a host such as ``ec2.eu-west-1.amazonaws.com``.

    Another host is one of an API gateway, whose region is an input.
    """
    host = address.base.partition("://")[2].partition("/")[0]
    head, found, _ = host.partition(".amazonaws.com")
    if not found:
        about = "region of the API's gateway"
        return skeleton.input("region", {"type": "string"}, "region", about), _GATEWAY
    labels = head.split(".")
    regions = (at for at, each in enumerate(labels) if at and _is_region(each))
    at = next(regions, len(labels))
    service = labels[at - 1]
    region = labels[at] if at < len(labels) else _GLOBAL
    if region.startswith("{"):
        name = region[1:-1]
        region = skeleton.input(name, address.variables[name], f"server {name}")
    return region, _SIGNED_AS.get(service, service)


def _is_region(label: str) -> bool:
    return label.startswith("{") or _REGION.fullmatch(label) is not None
