"""What proves who calls: schemes, flows and signatures, and credentials that are parameters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from prepared_tasks import checked

from httptask.catalog import Operation

Json = Any
Read = Callable[..., Operation]
TOKEN_URL = "https://login.example.com/token"
SIGN_IN = "https://login.example.com/authorize"
SECRET = "${workflow.secrets.PETS_%s}"


def secured(describe: Any, scheme: Json, scopes: tuple[str, ...] = (), **more: Json) -> Json:
    """Return a description whose one operation needs one scheme."""
    security = [{"scheme": list(scopes)}]
    components = {"securitySchemes": {"scheme": scheme}}
    return describe({"/a": {"get": {"security": security}}}, components=components, **more)


def parameter(
    name: str, place: str, *, required: bool = False, about: str = "", **schema: Json
) -> Json:
    """Return a described parameter."""
    written = {"type": "string", **schema}
    return {
        "name": name,
        "in": place,
        "required": required,
        "description": about,
        "schema": written,
    }


def flow(**more: Json) -> Json:
    """Return a flow of OAuth 2 with two scopes."""
    return {"tokenUrl": TOKEN_URL, "scopes": {"read": "", "write": ""}, **more}


def test_oauth2_has_the_flow_the_addresses_and_the_scopes(read: Read, describe: Any) -> None:
    flows = {"authorizationCode": flow(authorizationUrl=SIGN_IN), "clientCredentials": flow()}
    operation = read(secured(describe, {"type": "oauth2", "flows": flows}, ("read",)))
    client = {
        "clientId": SECRET % "CLIENT_ID",
        "clientSecret": SECRET % "CLIENT_SECRET",
        "scopes": ["read"],
    }
    _, ours, _ = checked(operation)
    wanted = {"type": "oauth2", "grant": "client_credentials", "tokenUrl": TOKEN_URL, **client}
    assert ours["auth"] == wanted
    _, ours, _ = checked(operation, auth="authorization_code")
    assert ours["auth"]["grant"] == "authorization_code"
    assert ours["auth"]["authorizationUrl"] == SIGN_IN
    _, ours, _ = checked(operation, auth="bearer")
    assert ours["auth"] == {"type": "bearer", "token": SECRET % "TOKEN"}


def test_a_flow_that_lacks_the_scope_comes_second(read: Read, describe: Any) -> None:
    lesser = flow(scopes={"read": ""})
    flows = {"clientCredentials": lesser, "authorizationCode": flow(authorizationUrl=SIGN_IN)}
    operation = read(secured(describe, {"type": "oauth2", "flows": flows}, ("write",)))
    assert checked(operation)[1]["auth"]["grant"] == "authorization_code"


def test_a_cookie_of_a_browser_is_the_last_choice(read: Read, describe: Any) -> None:
    schemes = {
        place: {"type": "apiKey", "in": place, "name": "sid"} for place in ("cookie", "header")
    }
    security = [{"cookie": []}, {"header": []}]
    document = describe({"/a": {"get": {"security": security}}})
    operation = read({**document, "components": {"securitySchemes": schemes}})
    assert checked(operation)[1]["auth"]["in"] == "header"
    assert checked(operation, auth="cookie")[1]["auth"]["in"] == "cookie"


def test_a_step_of_a_flow_is_not_authenticated_by_it(read: Read, describe: Any) -> None:
    flows = {"clientCredentials": flow(tokenUrl="https://pets.example.com/v1/a/?version=2")}
    operation = read(secured(describe, {"type": "oauth2", "flows": flows}))
    assert "auth" not in checked(operation)[1]
    assert checked(operation, auth="scheme")[1]["auth"]["type"] == "oauth2"
    scheme = {"type": "oauth2", "flows": {"clientCredentials": flow(tokenUrl="https://tenant")}}
    assert checked(read(secured(describe, scheme, servers=[])))[1]["auth"]["type"] == "bearer"


def test_scopes_in_one_text_are_several(read: Read, describe: Any) -> None:
    both = flow(scopes={"read write": "all of it"})
    flows = {"authorizationCode": {**both, "authorizationUrl": SIGN_IN}}
    operation = read(secured(describe, {"type": "oauth2", "flows": flows}, ("read write",)))
    assert checked(operation)[1]["auth"]["scopes"] == ["read", "write"]


def test_what_needs_the_authorization_header_a_second_time_is_left_to_the_author(
    read: Read, describe: Any
) -> None:
    schemes = {
        "user": {"type": "http", "scheme": "basic"},
        "token": {"type": "apiKey", "name": "Authorization", "in": "header"},
    }
    get = {"security": [{"user": [], "token": []}]}
    components = {"securitySchemes": schemes}
    request, ours, made = checked(read(describe({"/a": {"get": get}}, components=components)))
    assert ours["auth"]["type"] == "basic"
    assert "headers" not in request
    assert [each.kind for each in made.reasons] == ["security_unsupported"]


def test_a_relative_token_url_is_one_of_the_server(read: Read, describe: Any) -> None:
    flows = {"clientCredentials": flow(tokenUrl="/oauth/token")}
    operation = read(secured(describe, {"type": "oauth2", "flows": flows}))
    assert checked(operation)[1]["auth"]["tokenUrl"] == "https://pets.example.com/oauth/token"


@pytest.mark.parametrize(
    "flows",
    [
        {"implicit": {"authorizationUrl": SIGN_IN, "scopes": {}}},
        {"clientCredentials": flow(tokenUrl="https://{tenant}.example.com/token")},
        {"clientCredentials": flow(tokenUrl="")},
        {"authorizationCode": flow(tokenUrl=SIGN_IN, authorizationUrl=SIGN_IN)},
    ],
)
def test_a_flow_that_no_task_can_use_leaves_a_ready_token(
    read: Read, describe: Any, flows: Json
) -> None:
    _, ours, made = checked(read(secured(describe, {"type": "oauth2", "flows": flows})))
    assert ours["auth"] == {"type": "bearer", "token": SECRET % "TOKEN"}
    assert [note for note in made.notes if "ready token" in note]


OIDC = "https://login.example.com/realms/a/.well-known/openid-configuration"


@pytest.mark.parametrize(
    ("url", "scopes", "choice", "grant"),
    [
        (OIDC, ("read",), None, "client_credentials"),
        (OIDC, ("openid", "read"), None, "authorization_code"),
        (OIDC, ("read",), "device_code", "device_code"),
        (OIDC, (), "scheme", "client_credentials"),
        ("https://login.example.com/realms/a/", (), None, "client_credentials"),
    ],
)
def test_an_open_id_scheme_has_its_endpoints_by_discovery(
    read: Read, describe: Any, url: str, scopes: tuple[str, ...], choice: str | None, grant: str
) -> None:
    operation = read(secured(describe, {"type": "openIdConnect", "openIdConnectUrl": url}, scopes))
    _, ours, made = checked(operation, auth=choice)
    assert ours["auth"] == {
        "type": "oauth2",
        "grant": grant,
        "openIdConnectUrl": OIDC,
        "clientId": SECRET % "CLIENT_ID",
        "clientSecret": SECRET % "CLIENT_SECRET",
        **({"scopes": list(scopes)} if scopes else {}),
    }
    assert bool([note for note in made.notes if "--auth" in note]) is (choice != grant)
    assert checked(operation, auth="bearer")[1]["auth"]["type"] == "bearer"


@pytest.mark.parametrize("url", ["", "https://{tenant}.example.com/.well-known/x", "ftp://a.b/c"])
def test_an_open_id_scheme_without_a_usable_address_leaves_a_ready_token(
    read: Read, describe: Any, url: str
) -> None:
    scheme = {"type": "openIdConnect", "openIdConnectUrl": url}
    assert checked(read(secured(describe, scheme)))[1]["auth"]["type"] == "bearer"


def test_the_metadata_of_an_oauth2_scheme_count_where_no_flow_can_be_used(
    read: Read, describe: Any
) -> None:
    scheme = {"type": "oauth2", "flows": {"clientCredentials": flow()}, "oauth2MetadataUrl": OIDC}
    assert checked(read(secured(describe, scheme)))[1]["auth"]["tokenUrl"] == TOKEN_URL
    scheme["flows"] = {"implicit": {"authorizationUrl": SIGN_IN, "scopes": {}}}
    assert checked(read(secured(describe, scheme)))[1]["auth"]["openIdConnectUrl"] == OIDC


@pytest.mark.parametrize(
    ("host", "region", "service"),
    [
        ("sqs.eu-west-1.amazonaws.com", "eu-west-1", "sqs"),
        ("iam.amazonaws.com", "us-east-1", "iam"),
        ("email.us-east-2.amazonaws.com", "us-east-2", "ses"),
        ("ec2.{region}.amazonaws.com", "${workflow.input.region}", "ec2"),
        ("pets.example.com", "${workflow.input.region}", "execute-api"),
    ],
)
def test_a_signature_has_region_and_service(
    read: Read, describe: Any, host: str, region: str, service: str
) -> None:
    scheme = {
        "type": "apiKey",
        "name": "Authorization",
        "in": "header",
        "x-amazon-apigateway-authtype": "awsSigv4",
    }
    document = secured(describe, scheme, servers=[{"url": f"https://{host}"}])
    header = parameter("X-Amz-Security-Token", "header", required=True)
    document["paths"]["/a"]["get"]["parameters"] = [header]
    request, ours, made = checked(read(document))
    assert ours["auth"] == {
        "type": "aws-sigv4",
        "accessKey": "${workflow.secrets.AWS_ACCESS_KEY_ID}",
        "secretKey": "${workflow.secrets.AWS_SECRET_ACCESS_KEY}",
        "region": region,
        "service": service,
    }
    assert "headers" not in request
    assert [each.name for each in made.inputs] == (["region"] if "$" in region else [])


@pytest.mark.parametrize(
    ("name", "place", "secret"),
    [
        ("X-Api-Key", "header", "API_KEY"),
        ("api_key", "query", "API_KEY"),
        ("X-Auth-Token", "header", "AUTH_TOKEN"),
        ("Secret", "header", "SECRET"),
        ("servicekey", "query", "SERVICEKEY"),
        ("access_token", "query", "ACCESS_TOKEN"),
    ],
)
def test_a_credential_among_the_parameters_is_a_secret(
    read: Read, describe: Any, name: str, place: str, secret: str
) -> None:
    get = {"parameters": [parameter(name, place, required=True)]}
    request, ours, made = checked(read(describe({"/a": {"get": get}})))
    value = SECRET % secret
    assert ours["auth"] == {"type": "apiKey", "name": name, "value": value, "in": place}
    assert made.secrets == (f"PETS_{secret}",)
    assert "headers" not in request
    assert "query" not in ours
    assert made.inputs == ()


@pytest.mark.parametrize(
    ("name", "about"),
    [
        ("license", "Your license API key. Register at /register"),
        ("code", "User API code generated in the web application."),
        ("pin", "Your access PIN"),
        ("key", "A valid API key"),
        ("auth", "Credentials"),
        ("auth_header", "Bearer token value"),
    ],
)
def test_a_parameter_that_is_described_as_a_credential_is_a_secret(
    read: Read, describe: Any, name: str, about: str
) -> None:
    get = {"parameters": [parameter(name, "query", required=True, about=about)]}
    _, ours, _ = checked(read(describe({"/a": {"get": get}})))
    assert ours["auth"]["value"] == SECRET % name.upper()


@pytest.mark.parametrize(
    "written",
    [
        parameter("page_token", "query", required=True),
        parameter("key", "query", required=True, about="Name of the setting"),
        parameter("Idempotency-Key", "header", required=True),
        parameter("api_key", "query", required=True, enum=["a", "b"]),
        parameter("token", "query", required=True, type="integer"),
        parameter("tokens", "query", required=True),
        parameter("code", "query", required=True, about="Code of the country"),
        parameter("code", "query", required=True, about="Authorization code of the redirect"),
        parameter("license", "query", required=True, about="License of the photo"),
        parameter("password", "query", required=True, about="The password to be analyzed."),
        parameter("Sid", "query", required=True, about="The credential list Sid of the account"),
    ],
)
def test_what_is_only_named_like_a_credential_is_none(
    read: Read, describe: Any, written: Json
) -> None:
    operation = read(describe({"/a": {"get": {"parameters": [written]}}}))
    assert checked(operation)[2].secrets == ()


def test_an_optional_credential_is_sent_where_nothing_else_proves_who_calls(
    read: Read, describe: Any
) -> None:
    get = {"parameters": [parameter("key", "query", about="Your API key.")]}
    operation = read(describe({"/a": {"get": get}}))
    assert checked(operation)[1]["auth"]["value"] == SECRET % "KEY"
    assert checked(operation, auth="none")[2].secrets == ()
    schemes = {"token": {"type": "http", "scheme": "bearer"}}
    document = describe({"/a": {"get": {**get, "security": [{"token": []}]}}})
    operation = read({**document, "components": {"securitySchemes": schemes}})
    assert checked(operation)[2].secrets == ("PETS_TOKEN",)


@pytest.mark.parametrize(
    ("about", "auth"),
    [
        ("Bearer access token", {"type": "bearer", "token": SECRET % "TOKEN"}),
        (
            "HTTP Basic",
            {
                "type": "basic",
                "username": SECRET % "USERNAME",
                "password": SECRET % "PASSWORD",
            },
        ),
        (
            "see the manual",
            {
                "type": "apiKey",
                "name": "Authorization",
                "value": SECRET % "AUTHORIZATION",
                "in": "header",
            },
        ),
    ],
)
def test_a_required_authorization_is_never_dropped(
    read: Read, describe: Any, about: str, auth: Json
) -> None:
    get = {"parameters": [parameter("Authorization", "header", required=True, about=about)]}
    assert checked(read(describe({"/a": {"get": get}})))[1]["auth"] == auth


def test_a_required_field_that_holds_a_credential_is_a_secret(read: Read, describe: Any) -> None:
    schema = {
        "type": "object",
        "required": ["user", "password"],
        "properties": {"user": {"type": "string"}, "password": {"type": "string"}},
    }
    post = {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}
    request, _, made = checked(read(describe({"/a": {"post": post}})))
    assert request["body"] == {"user": "${workflow.input.user}", "password": SECRET % "PASSWORD"}
    assert made.secrets == ("PETS_PASSWORD",)


@pytest.mark.parametrize("empty", [{}, {"security": []}])
def test_a_scheme_that_is_never_applied_is_offered_with_a_note(
    read: Read, describe: Any, empty: dict[str, Any]
) -> None:
    components = {"securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}}
    operation = read(describe({"/a": {"get": {**empty}}}, components=components, **empty))
    _, ours, made = checked(operation)
    assert ours["auth"]["type"] == "bearer"
    assert "none" in ours["operation"]["auth"]
    assert [note for note in made.notes if "'key'" in note and "--auth none" in note]
    assert "auth" not in checked(operation, auth="none")[1]
    elsewhere = {"/a": {"get": {**empty}}, "/b": {"get": {"security": [{"key": []}]}}}
    operation = read(describe(elsewhere, components=components))
    assert "auth" not in checked(operation)[1]


@pytest.mark.parametrize(
    ("name", "about", "kind"),
    [
        ("key", "Bearer {token}", "bearer"),
        ("key", "Basic auth", "basic"),
        ("BearerAuth", "", "bearer"),
        ("API Key (in the form 'Bearer YOUR_API_KEY')", "", "bearer"),
        ("key", "A key.", "apiKey"),
    ],
)
def test_a_key_in_authorization_is_what_its_name_or_description_says(
    read: Read, describe: Any, name: str, about: str, kind: str
) -> None:
    scheme = {"type": "apiKey", "name": "Authorization", "in": "header", "description": about}
    components = {"securitySchemes": {name: scheme}}
    document = describe({"/a": {"get": {"security": [{name: []}]}}}, components=components)
    _, ours, made = checked(read(document))
    assert ours["auth"]["type"] == kind
    assert len(made.notes) == (kind == "apiKey")


@pytest.mark.parametrize(
    ("path", "name", "secret"),
    [
        ("/bot{token}/send", "token", True),
        ("/{api_key}/pets", "api_key", True),
        ("/api-keys/{api_key}", "api_key", False),
        ("/pets/{id}", "id", False),
    ],
)
def test_a_credential_in_a_path_is_a_secret(
    read: Read, describe: Any, path: str, name: str, secret: bool
) -> None:
    parameter = {"name": name, "in": "path", "required": True, "description": "your bot token"}
    parameter["schema"] = {"type": "string"}
    _, ours, _ = checked(read(describe({path: {"get": {"parameters": [parameter]}}})))
    assert ours["path"][name].startswith("${workflow.secrets." if secret else "${workflow.input.")


def test_a_credential_in_the_path_of_a_server_is_a_secret(read: Read, describe: Any) -> None:
    servers = [
        {"url": "https://pets.example.com/bot{token}", "variables": {"token": {"default": "12:A"}}}
    ]
    request, ours, made = checked(read(describe({"/a/{id}": {"get": {}}}, servers=servers)))
    assert request["uri"] == "https://pets.example.com/bot{token}/a/{id}"
    assert ours["path"] == {"token": SECRET % "TOKEN", "id": "${workflow.input.id}"}
    assert made.secrets == ("PETS_TOKEN",)
