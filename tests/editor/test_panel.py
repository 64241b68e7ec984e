"""The panel in a real browser, on the production back end and the stand-in of the image API."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from panel import (
    ACTIVE,
    BODY,
    EDITOR,
    add_image,
    add_operation,
    body,
    field,
    press_test,
    settle,
    shown_task,
    wait_for,
)


def test_the_three_steps_take_at_most_six_actions(page: Any, editor: Any, seen: Any) -> None:
    page.goto(editor.link)
    steps = page.locator(".start li")
    assert steps.count() == 3
    assert "Search for the API you want to integrate with" in steps.nth(1).inner_text()
    page.get_by_role("button", name="Add HTTP Task").click()  # 1
    page.keyboard.type("generate image")  # 2
    page.get_by_role("option", name=re.compile("Generate images")).click()  # 3
    page.get_by_text("Creates a high-quality image").wait_for()
    page.get_by_label("workflow.input.prompt").fill("an otter")  # 4
    page.get_by_label("workflow.input.model").fill("gpt-image-1")  # 5
    page.get_by_role("button", name="Test request").click()  # 6
    page.locator(".status.s2").wait_for()
    assert page.locator(".status.s2").inner_text() == "200 OK"
    picture = page.locator(".pictures img").first
    picture.wait_for()
    assert picture.evaluate("each => each.decode().then(() => each.naturalWidth)") == 256
    assert editor.token not in page.url
    assert {url.split("/")[2] for url in seen.requests if not url.startswith("blob:")} == {
        editor.url.removeprefix("http://")
    }


def test_partial_images_are_shown_before_the_end(page: Any, editor: Any, images: Any) -> None:
    images.delay = 0.5
    add_image(page, editor, stream=True)
    page.get_by_role("button", name="Test request").click()
    page.locator(".pictures img").first.wait_for()
    assert page.get_by_role("button", name="Cancel").is_visible()
    page.locator(".verdict.good").wait_for()
    assert page.locator(".pictures img").count() == 3
    assert page.get_by_role("tab", name="Body").is_visible()


def test_cancel_really_cancels(page: Any, editor: Any, images: Any) -> None:
    images.delay = 1.5
    add_image(page, editor, stream=True)
    page.get_by_role("button", name="Test request").click()
    page.locator(".stages .now").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Test request").wait_for(timeout=4000)
    assert page.locator(".pictures img").count() < 3
    assert page.locator(".facts").get_by_text("cancelled").is_visible()


def test_validation_says_what_the_command_line_says(page: Any, editor: Any) -> None:
    add_image(page, editor)
    field(page, f"{BODY}/n").fill("12")
    message = page.locator(f'[data-pointer="{BODY}/n"] .message')
    message.wait_for()
    assert "greater than the maximum of 10" in message.inner_text()
    assert field(page, f"{BODY}/n").get_attribute("aria-invalid") == "true"
    field(page, f"{BODY}/n").fill("2")
    message.wait_for(state="detached")


def test_errors_name_the_field_and_lead_to_it(page: Any, editor: Any) -> None:
    add_image(page, editor)
    field(page, f"{BODY}/n").fill("12")
    press_test(page)
    page.locator(".message.error").first.wait_for()
    message = page.evaluate(f"{EDITOR}.store.checks.here[0].message")
    assert page.get_by_text(message).count() == 1
    page.get_by_role("button", name="Go to n").click()
    wait_for(page, f"{ACTIVE}?.id?.endsWith('/body/n')")


def test_a_missing_secret_leads_to_the_field_that_reads_it(page: Any, editor: Any) -> None:
    add_image(page, editor)
    page.get_by_role("tablist", name="Request").get_by_role("tab", name="Auth").click()
    field(page, "/inputParameters/httptask/auth/token").fill("${workflow.secrets.NOPE}")
    page.get_by_role("tablist", name="Request").get_by_role("tab", name="Inputs").click()
    press_test(page)
    page.get_by_text("the secret 'NOPE' is not set").wait_for()
    page.get_by_role("button", name="Go to token").click()
    wait_for(page, f"{ACTIVE}?.id?.endsWith('/httptask/auth/token')")


def test_a_new_step_complains_of_nothing_before_it_is_tested(page: Any, editor: Any) -> None:
    page.goto(editor.link)
    with page.expect_response("**/api/check"):
        page.get_by_role("button", name="Add HTTP Task").click()
    settle(page)
    assert page.locator(".findings, .message.error").count() == 0
    page.get_by_role("button", name="Test request").click()
    page.locator(".findings.bad").wait_for()
    page.get_by_text("must not be empty").wait_for()
    assert page.get_by_role("button", name="Go to uri").is_visible()


def test_every_kind_of_field_writes_its_json(page: Any, editor: Any) -> None:
    add_operation(page, editor, "replace thing")
    for name in ("active", "note", "story", "labels", "metadata", "size", "shape", "reference",
                 "document", "anything", "ratio"):  # fmt: skip
        page.get_by_role("button", name=f"Add {name}", exact=True).click()
    field(page, f"{BODY}/name").fill("a lamp")
    field(page, f"{BODY}/colour").select_option("blue")
    field(page, f"{BODY}/count").fill("7")
    field(page, f"{BODY}/ratio").fill("0.25")
    page.locator(f'[data-pointer="{BODY}/active"]').get_by_role("radio", name="false").click()
    page.get_by_role("button", name="Set note to null").click()
    field(page, f"{BODY}/story").fill("line one\nline two")
    page.get_by_role("button", name="item in labels").click()
    page.get_by_role("button", name="item in labels").click()
    field(page, f"{BODY}/labels/0").fill("first")
    field(page, f"{BODY}/labels/1").fill("second")
    page.get_by_role("button", name="Move labels 1 up").click()
    page.get_by_role("button", name="key in metadata").click()
    page.get_by_label("Key key1").fill("owner")
    page.get_by_label("Key key1").press("Tab")
    field(page, f"{BODY}/metadata/owner").fill("me")
    field(page, f"{BODY}/size/width").fill("3")
    page.get_by_label("Kind of shape").select_option(label="Box")
    field(page, f"{BODY}/shape/side").fill("5")
    page.get_by_label("Kind of reference").select_option(label="integer")
    page.locator(f'[data-pointer="{BODY}/reference"] textarea').fill("12345678901234567890")
    field(page, f"{BODY}/document").fill("${other.output.file}")
    field(page, f"{BODY}/anything").fill('{"deep": [1, null]}')
    assert body(page) == {
        "name": "a lamp", "colour": "blue", "count": 7, "ratio": 0.25, "active": False,
        "note": None, "story": "line one\nline two", "labels": ["second", "first"],
        "metadata": {"owner": "me"}, "size": {"width": 3}, "shape": {"kind": "box", "side": 5},
        "reference": 12345678901234567890, "document": "${other.output.file}",
        "anything": {"deep": [1, None]},
    }  # fmt: skip
    page.get_by_role("button", name="Remove anything").click()
    assert "anything" not in body(page)


def test_an_expression_completes_in_any_field(page: Any, editor: Any) -> None:
    add_operation(page, editor, "replace thing")
    box = field(page, f"{BODY}/count")
    box.fill("")
    box.press_sequentially("${workflow.sec")
    page.get_by_role("option", name="secrets").wait_for()
    box.press("Enter")
    page.get_by_role("option", name="DIGITALOCEAN_TOKEN").wait_for()
    assert page.get_by_text("demo-token").count() == 0
    box.press("Enter")
    assert body(page)["count"] == "${workflow.secrets.DIGITALOCEAN_TOKEN}"
    pressed = page.get_by_role("button", name="Expression for count").get_attribute("aria-pressed")
    assert pressed == "true"
    page.get_by_role("button", name="Expression for count").click()
    assert body(page)["count"] == 1


def test_a_server_that_is_not_public_is_used_only_if_chosen(page: Any, editor: Any) -> None:
    add_operation(page, editor, "send parcel")
    box = page.get_by_label("URL", exact=True)
    assert box.input_value() == "https://one.example.com/parcels"
    page.get_by_label("Server").select_option(label="http://10.0.0.7:8080 (not public)")
    page.get_by_label("Shape of the body").select_option(label="Crate")
    page.get_by_label("Authentication", exact=True).select_option(label="basic")
    assert box.input_value() == "https://one.example.com/parcels"
    page.get_by_role("button", name="Prepare again").click()
    wait_for(page, f"{EDITOR}.task.inputParameters.http_request.uri.startsWith('http://10.')")
    assert "weight" in body(page)
    assert shown_task(page)["inputParameters"]["httptask"]["auth"]["type"] == "basic"


def test_a_list_is_prepared_with_its_first_page_or_all(page: Any, editor: Any) -> None:
    add_operation(page, editor, "list parcels")
    assert "paging" not in shown_task(page)["inputParameters"]["httptask"]
    pages = page.get_by_label("Pages", exact=True)
    assert pages.locator("option").first.inner_text().startswith("the first")
    pages.select_option(label="all")
    page.get_by_role("button", name="Prepare again").click()
    wait_for(page, f"{EDITOR}.task.inputParameters.httptask.paging?.kind === 'page'")


def test_json_and_form_show_the_same_task_without_loss(page: Any, editor: Any) -> None:
    add_image(page, editor)
    page.get_by_role("tab", name="JSON").click()
    page.locator(".cm-content").wait_for()
    written = shown_task(page)
    written["description"] = "kept"
    written["inputParameters"]["http_request"]["body"] |= {"unknown_field": {"a": [1]}, "n": 3}
    page.evaluate(
        """text => { const view = document.querySelector('http-task-editor').shadowRoot
             .querySelector('hte-json').view;
             view.dispatch({changes: {from: 0, to: view.state.doc.length, insert: text}}); }""",
        json.dumps(written, indent=1),
    )
    page.get_by_role("tab", name="Inputs").click()
    assert field(page, f"{BODY}/n").input_value() == "3"
    field(page, f"{BODY}/n").fill("4")
    written["inputParameters"]["http_request"]["body"]["n"] = 4
    assert shown_task(page) == written
    assert field(page, f"{BODY}/unknown_field").is_visible()


def test_a_value_maps_into_the_next_task(page: Any, editor: Any, images: Any) -> None:
    add_image(page, editor)
    page.evaluate(
        """uploads => { const editor = document.querySelector('http-task-editor');
             const flow = structuredClone(editor.workflow);
             flow.tasks.push({name: 'next', taskReferenceName: 'next', type: 'HTTP',
               inputParameters: {http_request: {uri: uploads, method: 'GET', body: {created: 0}}}});
             editor.workflow = flow; }""",
        f"{images.url}/uploads/x",
    )
    press_test(page)
    page.get_by_role("treeitem", name="created").click()
    dialog = page.get_by_role("dialog", name="Use this value")
    assert "${generate_image.output.response.body.created}" in dialog.inner_text()
    dialog.get_by_role("button", name="Copy").click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == "${generate_image.output.response.body.created}"
    page.get_by_role("treeitem", name="created").click()
    page.get_by_label("Use in an input").select_option(label="next · body.created")
    flow = page.evaluate("document.querySelector('http-task-editor').workflow")
    mapped = flow["tasks"][1]["inputParameters"]["http_request"]["body"]["created"]
    assert mapped == copied
    page.get_by_role("treeitem", name="created").press("Enter")
    dialog.get_by_label("Output name").fill("when")
    dialog.get_by_role("button", name="Add to outputs").click()
    assert (
        shown_task(page)["inputParameters"]["httptask"]["output"]["when"]
        == "$.response.body.created"
    )
    page.keyboard.press("Control+s")
    page.get_by_role("button", name="Saved").wait_for()
    saved = json.loads(editor.workflow.read_text())
    assert saved["tasks"][1]["inputParameters"]["http_request"]["body"]["created"] == copied
    assert saved["inputParameters"] == []


@pytest.mark.usefixtures("expect_failures")
def test_a_file_that_changed_is_shown_with_its_difference(page: Any, editor: Any) -> None:
    add_image(page, editor)
    editor.workflow.write_text('{"name": "elsewhere", "tasks": []}')
    page.get_by_role("button", name="Save", exact=True).click()
    dialog = page.get_by_role("dialog", name="The file changed meanwhile")
    dialog.get_by_text('"elsewhere"').wait_for()
    assert "elsewhere" in editor.workflow.read_text()
    with page.expect_download() as download:
        dialog.get_by_role("button", name="Save mine as").click()
    assert "generate_image" in Path(download.value.path()).read_text()
    page.get_by_role("button", name="Save", exact=True).click()
    dialog.get_by_role("button", name="Reload theirs").press("Escape")
    assert dialog.count() == 0
    page.get_by_role("button", name="Save", exact=True).click()
    dialog.get_by_role("button", name="Overwrite with mine").click()
    page.get_by_role("button", name="Saved").wait_for()
    assert "generate_image" in editor.workflow.read_text()


@pytest.mark.usefixtures("expect_failures")
def test_a_file_that_changed_is_read_again(page: Any, editor: Any) -> None:
    add_image(page, editor)
    assert page.get_by_text("not on disk yet").count() == 0
    editor.workflow.write_text('{"name": "elsewhere", "tasks": []}')
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("button", name="Reload theirs").click()
    wait_for(page, f"{EDITOR}.workflow.name === 'elsewhere'")
    page.get_by_role("button", name="Saved").wait_for()


def test_a_workflow_that_is_not_on_disk_says_so(page: Any, editor: Any) -> None:
    page.goto(editor.link)
    page.get_by_text("not on disk yet").wait_for()
    page.keyboard.press("Control+s")
    page.get_by_role("button", name="Saved").wait_for()


@pytest.fixture
def expect_failures(seen: Any) -> None:
    """Refused calls are expected: the browser logs them."""
    seen.tolerated.append("status of 4")


def test_the_response_has_all_its_views(page: Any, editor: Any) -> None:
    add_image(page, editor)
    press_test(page)
    press_test(page)
    wanted = {
        "Headers": "Content-Type",
        "Timing": "receive",
        "Request": "POST",
        "cURL": "/v1/images/generations",
        "History": "Changed since the previous test",
        "Outputs": "image",
    }
    panel = page.locator("#hte-response-panel")
    for name, text in wanted.items():
        page.get_by_role("tablist", name="Response").get_by_role("tab", name=name).click()
        panel.get_by_text(text).first.wait_for()
        assert "demo-token" not in panel.inner_text()
    page.get_by_role("tab", name="Body").click()
    page.get_by_role("button", name="Raw").click()
    assert '"created"' in page.get_by_label("Raw body").inner_text()
    page.get_by_role("button", name="Table").click()
    assert page.get_by_role("region", name="Table").locator("tbody tr").count() == 1
    field(page, f"{BODY}/prompt").fill("another")
    page.get_by_text("stale").wait_for()


def test_a_test_is_sent_once_however_often_it_is_asked_for(
    page: Any, editor: Any, images: Any
) -> None:
    add_image(page, editor)
    before = len(images.requests)
    page.evaluate(f"{EDITOR}.test(), {EDITOR}.test(), undefined")
    page.locator(".verdict.good").wait_for()
    assert len(images.requests) == before + 1


def test_a_double_click_neither_cancels_nor_tests_again(
    page: Any, editor: Any, images: Any
) -> None:
    images.delay = 1.0
    add_image(page, editor)
    before = len(images.requests)
    button = page.get_by_role("button", name="Test request").bounding_box()
    page.mouse.move(button["x"] + 40, button["y"] + 10)
    page.mouse.down()
    page.mouse.up()
    page.get_by_role("button", name="Cancel").wait_for()
    page.mouse.down(click_count=2)
    page.mouse.up(click_count=2)
    page.locator(".verdict.good").wait_for()
    assert len(images.requests) == before + 1


def test_hostile_descriptions_and_responses_stay_text(page: Any, editor: Any, images: Any) -> None:
    add_operation(page, editor, "replace thing")
    assert page.locator(".docs a").count() == page.locator(".docs a[href^='https://']").count()
    hostile = "<img src=x onerror='window.hacked=1'><script>window.hacked=1</script>"
    page.get_by_role("tab", name="Inputs").click()
    field(page, f"{BODY}/name").fill(hostile)
    page.evaluate(
        """url => { const editor = document.querySelector('http-task-editor');
             const task = structuredClone(editor.task);
             task.inputParameters.http_request.uri = url;
             editor.store.edits.setTask(task); }""",
        f"{images.url}/{{thingId}}",
    )
    page.get_by_label("workflow.input.thingId").fill("<b>x</b>")
    press_test(page)
    page.wait_for_timeout(300)
    assert page.evaluate("window.hacked") is None
    inside = (
        f"{ACTIVE.removesuffix('.activeElement')}.querySelectorAll('script, img[src=x]').length"
    )
    assert page.evaluate(inside) == 0


def test_what_plugins_add_is_in_the_form(page: Any, editor: Any) -> None:
    add_image(page, editor)
    tabs = page.get_by_role("tablist", name="Request")
    tabs.get_by_role("tab", name="Auth").click()
    page.get_by_label("Authentication kind").select_option("token")
    field(page, "/inputParameters/httptask/auth/url").fill("https://api.example.com/token")
    tabs.get_by_role("tab", name="Retry").click()
    page.get_by_role("button", name="Add stamp").click()
    field(page, "/inputParameters/httptask/stamp/text").fill("${workflow.secrets.STAMP}")
    options = shown_task(page)["inputParameters"]["httptask"]
    assert options["auth"] == {"type": "token", "url": "https://api.example.com/token"}
    assert options["stamp"] == {"text": "${workflow.secrets.STAMP}"}
