"""The steps as a tree: adding, moving, searching, undoing; and the forms of other tasks."""

from __future__ import annotations

from typing import Any

from panel import EDITOR, choose, field, flow, http, open_flow, open_step, wait_for

SWITCH = {
    "name": "route", "taskReferenceName": "route", "type": "SWITCH",
    "evaluatorType": "value-param", "expression": "kind", "inputParameters": {"kind": "a"},
    "decisionCases": {"paid": [http("ship")]}, "defaultCase": [],
}  # fmt: skip
LOOP = {
    "name": "again", "taskReferenceName": "again", "type": "DO_WHILE",
    "loopCondition": "$.again['iteration'] < 3", "loopOver": [http("page")],
}  # fmt: skip


def outline(page: Any) -> list[str]:
    """Levels and texts of the tree."""
    rows = page.get_by_role("tree", name="Tasks").get_by_role("treeitem")
    script = """rows => rows.map(row => row.getAttribute('aria-level') + ' ' +
        (row.querySelector('.step-name') ?? row).textContent.trim())"""
    return list(rows.evaluate_all(script))


def references(page: Any) -> Any:
    """The references of the workflow, nested as they are."""
    return page.evaluate(
        f"""() => {{ const walk = (tasks) => tasks.map(({{taskReferenceName: name, decisionCases,
              defaultCase, loopOver}}) => {{
                const inside = [...Object.values(decisionCases ?? {{}}), defaultCase, loopOver]
                  .filter((each) => each?.length).map(walk);
                return inside.length ? [name, ...inside] : name; }});
              return walk({EDITOR}.workflow.tasks); }}"""
    )


def test_branches_and_loops_are_shown_where_they_are(page: Any, editor: Any) -> None:
    open_flow(page, editor, flow(http("first"), SWITCH, LOOP))
    assert outline(page) == [
        "1 first", "1 route", "2 paid", "3 ship", "2 otherwise", "1 again", "2 loop", "3 page",
    ]  # fmt: skip
    page.get_by_role("treeitem", name="route").press("ArrowLeft")
    assert outline(page) == ["1 first", "1 route", "1 again", "2 loop", "3 page"]


def test_a_step_is_added_before_after_and_into_a_branch(page: Any, editor: Any) -> None:
    open_flow(page, editor, flow(http("first"), SWITCH, http("last")))
    page.get_by_role("button", name="Step", exact=True).click()
    assert references(page)[:2] == ["first", "http_request"]
    wait_for(page, f"{EDITOR}.shadowRoot.activeElement?.getAttribute('role') === 'combobox'")
    choose(page, "route")
    page.get_by_role("button", name="Add elsewhere").click()
    page.get_by_role("button", name="before").click()
    choose(page, "route")
    page.get_by_role("button", name="Add elsewhere").click()
    page.get_by_role("button", name="into otherwise").click()
    assert references(page) == [
        "first", "http_request", "http_request_2", ["route", ["ship"], ["http_request_3"]], "last",
    ]  # fmt: skip
    assert open_step(page) == "http_request_3"


def test_steps_are_moved_by_keys_and_out_of_a_branch(page: Any, editor: Any) -> None:
    open_flow(page, editor, flow(http("first"), SWITCH, http("last")))
    page.get_by_role("treeitem", name="last").press("Alt+ArrowUp")
    assert references(page) == ["first", "last", ["route", ["ship"]]]
    page.get_by_role("treeitem", name="ship").press("Alt+ArrowDown")
    assert references(page) == ["first", "last", "route", "ship"]
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    assert references(page) == ["first", ["route", ["ship"]], "last"]


def test_a_step_is_dragged_into_a_branch(page: Any, editor: Any) -> None:
    open_flow(page, editor, flow(http("first"), SWITCH, http("last")))
    choose(page, "first")
    tree = page.get_by_role("tree", name="Tasks")
    tree.get_by_role("treeitem", name="first").drag_to(tree.get_by_text("otherwise"))
    assert references(page) == [["route", ["ship"], ["first"]], "last"]
    assert open_step(page) == "first"


def test_a_step_is_copied_and_removed_without_a_question(page: Any, editor: Any) -> None:
    open_flow(page, editor, flow(http("first"), SWITCH))
    choose(page, "route")
    page.get_by_role("button", name="Duplicate this task").click()
    assert references(page) == ["first", ["route", ["ship"]], ["route_2", ["ship_2"]]]
    page.locator(".step", has_text="route").first.press("Delete")
    assert references(page) == ["first", ["route_2", ["ship_2"]]]
    page.get_by_role("button", name="Undo").first.click()
    assert references(page) == ["first", ["route", ["ship"]], ["route_2", ["ship_2"]]]


def test_two_hundred_steps_are_searched(page: Any, editor: Any) -> None:
    open_flow(page, editor, flow(*(http(f"step_{number}") for number in range(200))))
    page.get_by_label("Search the steps").fill("step_17")
    assert outline(page) == ["1 step_17", *(f"1 step_17{digit}" for digit in range(10))]


def test_other_tasks_have_their_fields_and_no_test(page: Any, editor: Any) -> None:
    inline = {
        "name": "calc", "taskReferenceName": "calc", "type": "INLINE",
        "inputParameters": {"evaluatorType": "javascript", "expression": "$.total +", "total": 1},
    }  # fmt: skip
    open_flow(page, editor, flow(SWITCH, LOOP, inline))
    choose(page, "route")
    assert page.get_by_role("button", name="Test request").count() == 0
    field(page, "/evaluatorType").select_option("javascript")
    field(page, "/expression").fill("$.kind == 'paid' ? 'paid' : 'x'")
    assert page.evaluate(f"{EDITOR}.task.evaluatorType") == "javascript"
    choose(page, "calc")
    page.locator('[data-pointer="/inputParameters/expression"] .message').wait_for()
    box = field(page, "/inputParameters/expression")
    box.fill("")
    box.press_sequentially("$.to")
    page.get_by_role("option", name="total").wait_for()
    box.press("Enter")
    assert page.evaluate(f"{EDITOR}.task.inputParameters.expression") == "$.total"
    page.get_by_role("button", name="Add optional").click()
    assert page.evaluate(f"{EDITOR}.task.optional") is True
