"""What descriptions say in words of what proves who calls, and names of secrets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from prepared_tasks import checked

from httptask.catalog import Operation
from httptask.catalog.prepare.credentials import Secrets
from httptask.catalog.prepare.naming import secret_stem

Json = Any
Read = Callable[..., Operation]
SECRET = "${workflow.secrets.PETS_%s}"


def secured(describe: Any, scheme: Json) -> Json:
    """Return a description whose one operation needs one scheme."""
    components = {"securitySchemes": {"scheme": scheme}}
    return describe({"/a": {"get": {"security": [{"scheme": []}]}}}, components=components)


def keyed(describe: Any, *parameters: Json) -> Json:
    """Return a description whose one operation requires text parameters."""
    texts = [{"schema": {"type": "string"}, "required": True, **each} for each in parameters]
    return describe({"/a": {"get": {"parameters": texts}}})


@pytest.mark.parametrize(
    ("text", "headers"),
    [
        ('Requests must contain a key "API-Key" in the header.', ["API-Key"]),
        ("Use the `X-Key` and `X-Access-Token` headers.", ["X-Key", "X-Access-Token"]),
        ("Either the `app_token` parameter or the `X-App-Token` header.", ["X-App-Token"]),
        ("```\ncurl -H 'X-Api-Key: abc' https://x.example.com\n```", ["X-Api-Key"]),
        ("The response has an `X-Auth-Token` header that is returned.", []),
        ("An `Idempotency-Key` header is kept for a day.", []),
    ],
)
def test_what_the_text_tells_is_sent(
    read: Read, describe: Any, text: str, headers: list[str]
) -> None:
    operation = read(describe({"/a": {"get": {}}}, info={"title": "Pets", "description": text}))
    request, ours, _ = checked(operation)
    sent = [ours["auth"]["name"]] if "auth" in ours else []
    assert [*sent, *request.get("headers", {})] == headers
    _, ours, _ = checked(operation, auth="none")
    assert "auth" not in ours


@pytest.mark.parametrize(("word", "sent"), [("and", ["X-Access", "X-Api"]), ("or", ["X-Api"])])
def test_keys_that_the_text_wants_together(
    read: Read, describe: Any, word: str, sent: list[str]
) -> None:
    names = ("X-Api", "X-Access")
    schemes = {name: {"type": "apiKey", "in": "header", "name": name} for name in names}
    info = {"title": "Pets", "description": f"Use the `X-Api` {word} `X-Access` headers."}
    document = describe(
        {"/a": {"get": {"security": [{name: []} for name in names]}}},
        components={"securitySchemes": schemes},
        info=info,
    )
    request, ours, _ = checked(read(document))
    assert sorted([ours["auth"]["name"], *request.get("headers", {})]) == sent


@pytest.mark.parametrize(
    ("text", "is_both"),
    [
        ("You need Basic Auth credentials and a client id.", True),
        ("You need Basic Auth credentials or a client id.", False),
        ("Basic auth and a client id are known here.", False),
    ],
)
def test_a_users_name_and_a_key_that_the_text_wants_together(
    read: Read, describe: Any, text: str, is_both: bool
) -> None:
    schemes = {
        "user": {"type": "http", "scheme": "basic"},
        "client": {"type": "apiKey", "in": "header", "name": "client_id"},
    }
    document = describe(
        {"/a": {"get": {"security": [{"user": []}, {"client": []}]}}},
        components={"securitySchemes": schemes},
        info={"title": "Pets", "description": text},
    )
    request, ours, _ = checked(read(document))
    assert ours["auth"]["type"] == "basic"
    assert ("client_id" in request.get("headers", {})) is is_both


@pytest.mark.parametrize(
    ("about", "is_key"),
    [("The application ID assigned to you by us.", True), ("The id of the app to show.", False)],
)
def test_an_id_that_only_its_caller_has_is_a_key(
    read: Read, describe: Any, about: str, is_key: bool
) -> None:
    given = {"name": "app_id", "in": "query", "description": about}
    _, ours, _ = checked(read(keyed(describe, given)))
    assert ("auth" in ours) is is_key


@pytest.mark.parametrize(
    ("about", "username", "password"),
    [
        ("The API key as the username, and an empty password.", "API_KEY", ""),
        ("`Basic <base64 of `api_key:`>`", "API_KEY", ""),
        ("API key as username and 'x' as the password", "API_KEY", "x"),
        ("A user's name and password.", "USERNAME", SECRET % "PASSWORD"),
    ],
)
def test_a_key_in_the_place_of_a_user(
    read: Read, describe: Any, about: str, username: str, password: str
) -> None:
    scheme = {"type": "http", "scheme": "basic", "description": about}
    _, ours, _ = checked(read(secured(describe, scheme)))
    assert ours["auth"] == {
        "type": "basic",
        "username": SECRET % username,
        "password": password,
    }


@pytest.mark.parametrize(
    ("about", "value"),
    [
        (
            'The word "Basic" followed by your API key, base64 encoded',
            "Basic " + SECRET % "API_KEY",
        ),
        ("Use `Authorization: Token <API_KEY>`", "Token " + SECRET % "API_KEY"),
        ('Authentication with required prefix "Token"', "Token " + SECRET % "API_KEY"),
        ('The string "OAuth" followed by the token', "OAuth " + SECRET % "API_KEY"),
        ("The key.", SECRET % "API_KEY"),
    ],
)
def test_the_word_before_a_key(read: Read, describe: Any, about: str, value: str) -> None:
    scheme = {"type": "apiKey", "in": "header", "name": "Authorization", "description": about}
    _, ours, _ = checked(read(secured(describe, scheme)))
    assert ours["auth"]["value"] == value


def test_the_form_of_a_header_is_in_its_default_too(read: Read, describe: Any) -> None:
    schema = {"type": "string", "default": "Bearer <Access token>"}
    given = {"name": "Auth", "in": "header", "schema": schema}
    _, ours, _ = checked(read(keyed(describe, given)))
    assert ours["auth"]["value"] == "Bearer " + SECRET % "AUTH"


def test_a_key_beside_other_parameters_is_the_callers(read: Read, describe: Any) -> None:
    several = [{"name": name, "in": "query"} for name in ("id", "key", "action")]
    _, ours, _ = checked(read(keyed(describe, *several)))
    assert ours["auth"]["value"] == SECRET % "KEY"
    _, ours, _ = checked(read(keyed(describe, *several[:2])))
    assert "auth" not in ours


@pytest.mark.parametrize(
    ("title", "base", "stem"),
    [
        ("Verification", "https://verificationapi-v1.sinch.com", "SINCH"),
        ("SMS and Bulk SMS APIs", "https://rest.mitto.ch", "MITTO"),
        ("API documentation", "https://faceidentity-beta.azurewebsites.net", "FACEIDENTITY_BETA"),
        ("Have I Been Pwned", "https://haveibeenpwned.com/api", "HAVEIBEENPWNED"),
        ("Orders", "https://api.shop.co.uk", "SHOP"),
        ("Pet Store Orders", "https://petstore.example.com", "PET_STORE_ORDERS"),
        ("Public API", "https://abcdef.execute-api.eu-west-1.amazonaws.com", "PUBLIC"),
    ],
)
def test_secrets_are_named_after_whose_they_are(title: str, base: str, stem: str) -> None:
    assert secret_stem(title, base) == stem


def test_a_users_name_that_authenticates_is_a_secret(read: Read, describe: Any) -> None:
    about = "The user's name, for authentication."
    pair = [{"name": "userName", "description": about}, {"name": "licenseKey"}, {"name": "user"}]
    operation = read(keyed(describe, *({"in": "query", **each} for each in pair)))
    _, _, made = checked(operation)
    assert sorted(made.secrets) == ["PETS_LICENSE_KEY", "PETS_USER_NAME"]


def test_a_name_does_not_stutter() -> None:
    made = Secrets("CLEARBLADE").of_place("ClearBlade-DevToken")
    assert made == "${workflow.secrets.CLEARBLADE_DEV_TOKEN}"


def test_the_form_of_a_header_is_in_the_text_of_the_whole_too(read: Read, describe: Any) -> None:
    scheme = {"type": "apiKey", "in": "header", "name": "Authorization"}
    document = secured(describe, scheme)
    for word, kind in (("Token", "apiKey"), ("Bearer", "bearer")):
        document["info"]["description"] = f"Send `Authorization: {word} YOUR_TOKEN` with each call."
        _, ours, _ = checked(read(document))
        assert ours["auth"]["type"] == kind
    document["info"]["description"] = "Send `Authorization: Token YOUR_TOKEN` with each call."
    _, ours, _ = checked(read(document))
    assert ours["auth"]["value"] == "Token " + SECRET % "API_KEY"


def test_the_id_of_a_key_is_a_secret_as_well(read: Read, describe: Any) -> None:
    pair = [{"name": name, "in": "query"} for name in ("appKey", "appID", "petID")]
    _, ours, made = checked(read(keyed(describe, *pair)))
    assert made.secrets == ("PETS_APP_KEY", "PETS_APP_ID")
    assert ours["query"]["petID"] == "${workflow.input.petID}"


def test_authentication_that_is_not_needed_is_noted(read: Read, describe: Any) -> None:
    schemes = {"user": {"type": "http", "scheme": "basic"}}
    document = describe(
        {"/a": {"get": {"security": [{}, {"user": []}]}}}, components={"securitySchemes": schemes}
    )
    _, ours, made = checked(read(document))
    assert "auth" not in ours
    assert [each for each in made.notes if "--auth sends one of: user" in each]


def test_a_note_says_what_gives_a_ready_token(read: Read, describe: Any) -> None:
    flow = {"tokenUrl": "https://pets.example.com/token", "scopes": {}}
    scheme = {"type": "oauth2", "flows": {"password": flow}}
    _, ours, made = checked(read(secured(describe, scheme)))
    assert ours["auth"]["type"] == "bearer"
    assert [each for each in made.notes if "which https://pets.example.com/token gives" in each]


@pytest.mark.parametrize(
    ("about", "is_open"),
    [
        ("These routes do not require authentication.", True),
        ("No API key is needed.", True),
        ("Authentication is not required", True),
        ("Returns 401 if you are not authenticated.", False),
        ("Requires authentication.", False),
    ],
)
def test_words_say_that_nobody_proves_who_calls(
    read: Read, describe: Any, about: str, is_open: bool
) -> None:
    document = secured(describe, {"type": "http", "scheme": "basic"})
    document["paths"]["/a"]["get"]["description"] = about
    _, ours, _ = checked(read(document))
    assert ("auth" not in ours) is is_open
    _, ours, _ = checked(read(document), auth="basic")
    assert ours["auth"]["type"] == "basic"


@pytest.mark.parametrize(("place", "is_sent"), [("cookie", False), ("header", True)])
def test_a_cookie_that_nothing_asks_for_is_left_to_browsers(
    read: Read, describe: Any, place: str, is_sent: bool
) -> None:
    scheme = {"type": "apiKey", "in": place, "name": "Session"}
    document = describe({"/a": {"get": {}}}, components={"securitySchemes": {"session": scheme}})
    _, ours, made = checked(read(document))
    assert ("auth" in ours) is is_sent
    assert [each for each in made.notes if "session" in each]


def test_a_refusal_whose_reason_is_untold_is_noted(read: Read, describe: Any) -> None:
    responses = {"200": {"description": ""}, "401": {"description": "Unauthorized"}}
    _, _, made = checked(read(describe({"/a": {"get": {"responses": responses}}})))
    assert [each for each in made.notes if each.startswith("a 401 is described")]
