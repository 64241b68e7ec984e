"""What a form says of its fields, what it offers, and what it keeps to itself."""

from __future__ import annotations

from typing import Any

import pytest
from panel import BODY, EDITOR, add_operation, body, field, flow, http, open_flow, wait_for

LONG = f"Is **bold** and [linked](https://example.com/{'a' * 200}) " + "word " * 60
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["name", "id", "shape"],
    "properties": {
        "name": {"type": "string", "description": LONG},
        "id": {"type": "string", "readOnly": True},
        "shape": {"oneOf": [{"type": "integer"}, {"type": "string"}]},
        "ratio": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 9},
        "old": {"type": "string", "deprecated": True},
        "older": {"type": "string", "deprecated": True},
        "password": {"type": "string", "format": "password"},
        "when": {"type": "string", "format": "date-time"},
    },
}
GIVEN = {"name": "x", "shape": 1, "ratio": 1, "old": "y", "password": "hush", "when": "yesterday"}


def open_form(page: Any, editor: Any, schema: dict[str, Any], given: dict[str, Any]) -> None:
    """Open a task whose body has a schema."""
    task = http("thing")
    task["inputParameters"]["http_request"]["body"] = given
    task["inputParameters"]["httptask"] = {"requestSchema": schema}
    open_flow(page, editor, flow(task))
    page.get_by_label("Task reference name").wait_for()


def place(page: Any, name: str) -> Any:
    """The field of a name."""
    return page.locator(f'[data-pointer="{BODY}/{name}"]')


def test_the_inner_field_of_a_choice_has_a_label(page: Any, editor: Any) -> None:
    open_form(page, editor, SCHEMA, GIVEN)
    page.get_by_label("shape, integer").fill("7")
    assert body(page)["shape"] == 7


def test_what_the_server_alone_gives_is_not_offered(page: Any, editor: Any) -> None:
    open_form(page, editor, SCHEMA, {})
    assert place(page, "name").is_visible()
    assert place(page, "id").count() == 0
    assert page.get_by_role("button", name="Add id").count() == 0
    page.evaluate(
        f"{EDITOR}.store.edits.setValue(['inputParameters', 'http_request', 'body', 'id'], '1')"
    )
    assert place(page, "id").is_visible()


def test_what_is_deprecated_says_so(page: Any, editor: Any) -> None:
    open_form(page, editor, SCHEMA, GIVEN)
    assert place(page, "old").get_by_text("deprecated").is_visible()
    assert place(page, "name").get_by_text("deprecated").count() == 0
    page.get_by_role("button", name="Add older, deprecated").click()
    assert body(page)["older"] == ""


def test_limits_that_a_value_may_not_reach_are_told_as_such(page: Any, editor: Any) -> None:
    open_form(page, editor, SCHEMA, GIVEN)
    told = " ".join(place(page, "ratio").locator(".help").inner_text().split())
    assert told == "more than 0 less than 9"


def test_a_text_that_is_not_of_its_format_is_marked(page: Any, editor: Any) -> None:
    open_form(page, editor, SCHEMA, GIVEN)
    place(page, "when").get_by_text("is not of the format date-time").wait_for()
    field(page, f"{BODY}/when").fill("2030-01-31T09:00:00Z")
    place(page, "when").get_by_text("is not of the format date-time").wait_for(state="detached")


def test_a_secret_is_masked_and_an_expression_is_not(page: Any, editor: Any) -> None:
    open_form(page, editor, SCHEMA, GIVEN)
    box = field(page, f"{BODY}/password")
    style = "each => getComputedStyle(each).webkitTextSecurity"
    assert box.evaluate(style) == "disc"
    box.fill("${workflow.secrets.DIGITALOCEAN_TOKEN}")
    assert box.evaluate(style) == "none"
    assert field(page, f"{BODY}/name").evaluate(style) == "none"


def test_a_long_description_is_cut_after_it_is_drawn(page: Any, editor: Any) -> None:
    open_form(page, editor, SCHEMA, GIVEN)
    about = place(page, "name").locator(".help")
    assert about.locator("strong").inner_text() == "bold"
    assert about.locator("a").get_attribute("href").endswith("aaa")
    assert "](" not in about.inner_text()
    short = about.bounding_box()["height"]
    about.get_by_role("button", name="more").click()
    assert about.bounding_box()["height"] > short
    about.get_by_role("button", name="less").click()
    assert about.bounding_box()["height"] == short


def test_many_optional_fields_are_searched(page: Any, editor: Any) -> None:
    names = [f"option_{number}" for number in range(60)]
    text = {"type": "string", "description": "plain"}
    properties = dict.fromkeys(names, text) | {"other": {"description": "the **odd** one"}}
    open_form(page, editor, {"type": "object", "properties": properties}, {})
    chips = page.locator(".chip")
    assert chips.count() == 12
    page.get_by_label("Search the optional fields").fill("odd one")
    page.get_by_role("button", name="Add other").click()
    assert list(body(page)) == ["other"]
    page.get_by_role("button", name="all 60").click()
    assert chips.count() == 60


def test_an_expected_response_names_types(page: Any, editor: Any) -> None:
    task = http("thing")
    task["inputParameters"]["httptask"] = {"responseSchema": SCHEMA}
    open_flow(page, editor, flow(task))
    tree = page.get_by_role("tree", name="Expected response")
    row = tree.get_by_role("treeitem", name="password")
    assert row.locator(".type").inner_text() == "password"
    assert '"' not in tree.inner_text()


def test_titles_of_hits_are_words_without_marks(page: Any, editor: Any) -> None:
    page.goto(editor.link)
    page.get_by_role("button", name="Add HTTP Task").click()
    page.get_by_role("combobox", name="Search APIs").fill("list badges filters")
    hit = page.get_by_role("option", name="badges").first
    hit.wait_for()
    assert hit.locator(".hit-title").inner_text() == "List badges with filters of a_b_c"
    hit.click()
    page.locator(".docs h2").get_by_text("deprecated").wait_for()
    assert "List badges with filters of a_b_c" in page.locator(".docs h2").inner_text()
    assert page.locator(".hit").count() == 0


@pytest.mark.parametrize("allowed", [True, False])
def test_a_server_that_is_allowed_is_not_asked_for(
    page: Any, start_editor: Any, allowed: bool
) -> None:
    editor = start_editor(allow=("10.0.0.9:8080",) if allowed else ())
    page.goto(editor.link)
    page.get_by_role("button", name="Add HTTP Task").click()
    page.get_by_role("combobox", name="Search APIs").fill("list badges filters")
    page.locator(".hit").first.click()
    wait_for(page, f"{EDITOR}.task.inputParameters.http_request.uri !== ''")
    asked = page.evaluate(f"{EDITOR}.task.inputParameters.http_request.uri").startswith("${")
    assert asked is not allowed
    assert page.get_by_text("not public: used only if chosen").count() == (0 if allowed else 1)


def test_the_words_of_a_choice_are_not_clipped(page: Any, start_editor: Any) -> None:
    add_operation(page, start_editor(allow=()), "send parcel")
    page.get_by_label("Server").wait_for()
    clipped = """all => all.filter(each => {
        const pen = document.createElement('canvas').getContext('2d');
        pen.font = getComputedStyle(each).font;
        const text = each.selectedOptions[0].textContent;
        return pen.measureText(text).width + 30 > each.clientWidth; }).map(each => each.value)"""
    for width in (1400, 900, 400):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.locator(".choice select").evaluate_all(clipped) == [], width


def test_a_choice_of_a_server_is_there_after_another_step(page: Any, editor: Any) -> None:
    add_operation(page, editor, "send parcel")
    page.get_by_label("Server").select_option(label="https://two.example.com")
    page.get_by_role("button", name="Step", exact=True).click()
    page.get_by_role("tree", name="Tasks").get_by_role("treeitem").first.click()
    chosen = page.get_by_label("Server").evaluate("each => each.selectedOptions[0].textContent")
    assert chosen == "https://two.example.com"


def test_every_tab_is_in_view_in_a_narrow_panel(page: Any, editor: Any) -> None:
    task = http("thing")
    output = dict.fromkeys(("a", "b", "c"), "$.response.body")
    task["inputParameters"]["httptask"] = {"output": output, "query": {"a": "1"}}
    open_flow(page, editor, flow(task))
    hidden = """tabs => tabs.filter(tab => {
        const box = tab.getBoundingClientRect();
        const pane = tab.closest('.pane').getBoundingClientRect();
        return box.right > pane.right || box.left < pane.left; }).map(tab => tab.textContent)"""
    for width in (1400, 900, 400):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.get_by_role("tab").evaluate_all(hidden) == [], width


@pytest.mark.parametrize("accent", ["#ffd400", "#0a0", "#ff1493", "#101060"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_one_accent_colours_everything_and_stays_readable(
    page: Any, editor: Any, accent: str, scheme: str
) -> None:
    page.emulate_media(color_scheme=scheme)
    open_form(page, editor, SCHEMA, GIVEN)
    names = ["--accent", "--accent-ink", "--accent-soft", "--focus", "--selection"]
    script = f"""names => names.map(name => {{
        const probe = document.createElement('i');
        probe.style.color = `var(${{name}})`;
        {EDITOR}.shadowRoot.append(probe);
        const pen = document.createElement('canvas').getContext('2d', {{willReadFrequently: true}});
        pen.fillStyle = getComputedStyle(probe).color;
        probe.remove();
        pen.fillRect(0, 0, 1, 1);
        return [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3); }})"""
    usual = page.evaluate(script, names)
    page.evaluate(f"accent => {EDITOR}.style.setProperty('--hte-accent', accent)", accent)
    changed = page.evaluate(script, names)
    assert [name for name, a, b in zip(names, usual, changed, strict=True) if a == b] == []
    pairs = [("--accent", "--on-accent"), ("--surface", "--accent-ink"),
             ("--accent-soft", "--accent-strong"), ("--ground", "--accent-ink")]  # fmt: skip
    for pair in pairs:
        assert contrast(*page.evaluate(script, pair)) >= 4.5, pair


def contrast(one: list[int], other: list[int]) -> float:
    """The contrast of two colours, as WCAG defines it."""

    def light(colour: list[int]) -> float:
        parts = [each / 255 for each in colour]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted([light(one), light(other)])
    return (high + 0.05) / (low + 0.05)
