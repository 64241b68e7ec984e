"""The OAuth 2.0 server with what somebody signs in by: authorization codes and device codes."""

from __future__ import annotations

from typing import Any

from authlib.oauth2.rfc6749 import grants
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc8628 import (
    DeviceAuthorizationEndpoint,
    DeviceCodeGrant,
    DeviceCredentialDict,
)
from oauth_server import METHODS, OAuthServer, Request

from httptask.testing import Reply
from httptask.testing.wire import ReceivedRequest


class Code(dict[str, Any]):
    """What an authorization code stands for."""

    @property
    def code_challenge(self) -> str:
        return str(self["challenge"])

    @property
    def code_challenge_method(self) -> str:
        return "S256"

    def get_redirect_uri(self) -> str:
        return str(self["redirect_uri"])

    def get_scope(self) -> str:
        return str(self["scope"])


class AuthorizationCode(grants.AuthorizationCodeGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = METHODS

    def save_authorization_code(self, code: str, request: Any) -> None:
        data = request.payload.data
        self.server.codes[code] = Code(
            challenge=data["code_challenge"],
            redirect_uri=data["redirect_uri"],
            scope=data.get("scope", ""),
        )

    def query_authorization_code(self, code: str, client: Any) -> Code | None:
        return self.server.codes.get(code)

    def delete_authorization_code(self, authorization_code: Code) -> None:
        self.server.codes.clear()

    def authenticate_user(self, authorization_code: Code) -> str:
        return "ana"


class DeviceCode(DeviceCodeGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = METHODS

    def query_device_credential(self, device_code: str) -> DeviceCredentialDict | None:
        return self.server.devices.get(device_code)

    def query_user_grant(self, user_code: str) -> tuple[str, bool] | None:
        self.server.looks += 1
        if self.server.looks <= self.server.patience:
            return None
        return "ana", self.server.agrees

    def should_slow_down(self, credential: DeviceCredentialDict) -> bool:
        return False


class Devices(DeviceAuthorizationEndpoint):
    CLIENT_AUTH_METHODS = METHODS
    INTERVAL = 0.05

    def get_verification_uri(self) -> str:
        return f"{self.server.url}/activate"

    def save_device_credential(self, client_id: str, scope: str, data: dict[str, Any]) -> None:
        self.server.devices[data["device_code"]] = DeviceCredentialDict(
            {**data, "client_id": client_id, "scope": scope, "expires_at": 4_000_000_000}
        )


class SignInServer(OAuthServer):
    """Its user agrees at ``/authorize`` at once; ``agrees`` and ``patience`` say otherwise."""

    def __init__(self) -> None:
        super().__init__()
        self.codes: dict[str, Code] = {}
        self.devices: dict[str, DeviceCredentialDict] = {}
        self.agrees, self.patience, self.looks = True, 2, 0
        self.register_grant(AuthorizationCode, [CodeChallenge(required=True)])
        self.register_grant(DeviceCode)
        self.register_endpoint(Devices)
        self.server.route("GET /authorize", self._authorize)
        name = Devices.ENDPOINT_NAME
        self.server.route(
            "POST /device", lambda request: self.create_endpoint_response(name, request)
        )

    def secrets(self) -> list[str]:
        return [*super().secrets(), *self.devices]

    def _authorize(self, received: ReceivedRequest) -> Reply:
        grant = self.get_consent_grant(received, "ana")
        user = "ana" if self.agrees else None
        reply = self.create_authorization_response(Request(received), user, grant)
        assert isinstance(reply, Reply)
        return Reply(reply.status, reply.headers)
