from __future__ import annotations

import sys
import types
from collections.abc import Callable
from importlib import metadata
from typing import Any, Literal

import pytest

from httptask import plugins
from httptask.core.message import HttpResponse
from httptask.definition.options import AuthOptions, BearerAuthOptions
from httptask.errors import PluginError
from httptask.hooks import hookimpl
from httptask.hooks.specs import SLOTS, STAGES
from httptask.hooks.views import Claim
from httptask.pipeline import Pipeline
from httptask.plugins import build_manager, builtin_plugins, claimed_kinds


class Codec:
    """Claims and handles one media type."""

    kind = "text/x-test"

    @hookimpl
    def httptask_claims(self) -> list[Claim]:
        return [Claim("decode_response", self.kind, "a test's")]

    @hookimpl
    def httptask_decode_response(self, response: HttpResponse) -> None:
        del response


def build(**given: object) -> Any:
    return build_manager(given, installed=False)


def test_every_stage_has_a_default() -> None:
    found = claimed_kinds(build())
    of_tasks = {"page", "poll", "repeat"}
    own = {*of_tasks, "redirect", "cache", "hedge", "authorize", "guard", "observe", "send_request"}
    assert {each.hook for each in found} == {*STAGES, *own, "get_secret"}
    assert all(each.plugin.startswith("httptask.") for each in found)
    hooks = [each.hook for each in found]
    order = ["get_secret", *STAGES[:2], *SLOTS, *STAGES[2:]]
    assert hooks == sorted(hooks, key=order.index)
    kinds = {each.kind for each in found if each.hook == "authorize"}
    plain = {"basic", "bearer", "apiKey", "digest", "jwt", "hmac"}
    assert kinds == {*plain, "oauth2", "aws-sigv4"}


def test_defaults_are_asked_last() -> None:
    manager = build(mine=Codec())
    hook = manager.hook.httptask_decode_response
    assert [impl.plugin_name for impl in reversed(hook.get_hookimpls())] == [
        "mine",
        "httptask.codecs",
    ]


def test_a_default_can_be_replaced() -> None:
    class Json(Codec):
        kind = "json"

    found = {(each.hook, each.kind): each for each in claimed_kinds(build(mine=Json()))}
    replaced = found["decode_response", "json"]
    assert (replaced.plugin, replaced.replaces) == ("mine", "httptask.codecs")
    assert found["build_request", "json"].plugin == "httptask.build"
    assert found["decode_response", "text"].replaces == ""


def test_two_plugins_with_one_claim() -> None:
    with pytest.raises(PluginError, match="'one' and 'two' both claim 'text/x-test'") as caught:
        build(one=Codec(), two=Codec())
    assert caught.value.code == "plugin_conflict"
    assert "HTTPTASK_LOAD_PLUGINS" in caught.value.hint


def test_an_unclaimed_response() -> None:
    class Silent:
        @hookimpl
        def httptask_decode_response(self, response: HttpResponse) -> None:
            del response

    with pytest.raises(PluginError, match="claims no kind of it") as caught:
        build(silent=Silent())
    assert caught.value.code == "plugin_unclaimed"


def test_a_wrapper_needs_no_claim() -> None:
    class Wrapper:
        @hookimpl(wrapper=True)
        def httptask_decode_response(self) -> Any:
            return (yield)

    assert build(wrapper=Wrapper()).get_plugin("wrapper")


def test_a_misspelled_hook() -> None:
    class Typo(Codec):
        @hookimpl
        def httptask_decode_respnse(self) -> None: ...

    with pytest.raises(PluginError, match="httptask_decode_respnse"):
        build(typo=Typo())


def test_an_argument_that_no_hook_has() -> None:
    class Wrong(Codec):
        @hookimpl
        def httptask_check_response(self, respons: HttpResponse) -> None:
            del respons

    with pytest.raises(PluginError, match="'wrong' cannot be used"):
        build(wrong=Wrong())


@pytest.mark.parametrize(
    "claims", [[Claim("decode_respnse", "x")], "text", [1], None, [("a", "b")]]
)
def test_claims_that_are_none(claims: Any) -> None:
    class Odd:
        @hookimpl
        def httptask_claims(self) -> Any:
            return claims

    with pytest.raises(PluginError, match="'odd'"):
        build(odd=Odd())


class OtherBearer(AuthOptions):
    """A model for a kind that has one already."""

    type: Literal["bearer"]
    scope: str


def test_a_model_for_a_kind_that_has_one() -> None:
    class Bearer:
        model: Any = OtherBearer

        @hookimpl
        def httptask_claims(self) -> list[Claim]:
            return [Claim("authorize", "bearer", "", self.model)]

    with pytest.raises(PluginError, match="bearer"):
        build(mine=Bearer())
    own = Bearer()
    own.model = BearerAuthOptions
    assert Pipeline(build(mine=own)).options_model().auth is None


@pytest.mark.parametrize("kind", ["acme", "other"])
def test_a_claims_model_is_of_its_kind(kind: str) -> None:
    class Acme(AuthOptions):
        type: Literal["acme"]

    class Mine:
        @hookimpl
        def httptask_claims(self) -> list[Claim]:
            return [Claim("authorize", kind, "", Acme)]

    if kind == "acme":
        assert Pipeline(build(mine=Mine()))
    else:
        with pytest.raises(PluginError, match="'other'"):
            build(mine=Mine())


def test_plugins_are_fresh_objects() -> None:
    assert builtin_plugins()["httptask.build"] is not builtin_plugins()["httptask.build"]


Points = Callable[..., None]


@pytest.fixture
def entry_points(monkeypatch: pytest.MonkeyPatch) -> Points:
    def install(**values: str) -> None:
        group = plugins.ENTRY_POINT_GROUP
        found = [metadata.EntryPoint(name, value, group) for name, value in values.items()]
        monkeypatch.setattr(metadata, "entry_points", lambda group: found)

    return install


def test_installed_plugins(entry_points: Points, monkeypatch: pytest.MonkeyPatch) -> None:
    module = types.ModuleType("a_plugin")
    module.Codec = Codec  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "a_plugin", module)
    entry_points(mine="a_plugin:Codec")
    assert build_manager().get_plugin("mine") is not None
    assert build_manager(installed=False).get_plugin("mine") is None
    monkeypatch.setenv("HTTPTASK_LOAD_PLUGINS", "")
    assert build_manager().get_plugin("mine") is None
    monkeypatch.setenv("HTTPTASK_LOAD_PLUGINS", " mine ,")
    assert build_manager().get_plugin("mine") is not None
    monkeypatch.setenv("HTTPTASK_LOAD_PLUGINS", "mien")
    with pytest.raises(PluginError, match="'mien'") as caught:
        build_manager()
    assert caught.value.hint == 'did you mean "mine"?'


def test_a_plugin_that_cannot_be_loaded(
    entry_points: Points, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry_points(broken="no_such_module_anywhere:plugin")
    with pytest.raises(
        PluginError, match="'broken' cannot be loaded: ModuleNotFoundError"
    ) as caught:
        build_manager()
    assert "uninstall no_such_module_anywhere" in caught.value.hint
    monkeypatch.setenv("HTTPTASK_LOAD_PLUGINS", "")
    assert build_manager()
