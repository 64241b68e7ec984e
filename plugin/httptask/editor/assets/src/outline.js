// The steps of the workflow as a tree: branches, loops, findings and last tests; adding, moving, searching.

import { html, nothing, repeat } from "../vendor/lit.js";
import { isDragged } from "./dragged.js";
import * as icons from "./icons.js";
import { Part } from "./part.js";
import { getIn, toPointer } from "./pointer.js";
import { isHttp, request } from "./shape.js";
import { branchesOf } from "./steps.js";

const MANY = 8;
const DEEPEST = 12;
const OPENS_AFTER = 500;

class Outline extends Part {
  static reads = ["workflow", "steps", "here", "readOnly", "findings", "runs"];

  static properties = { ...Part.properties, filter: { state: true }, adding: { state: true }, over: { state: true } };

  constructor() {
    super();
    Object.assign(this, { filter: "", adding: false, over: "", closed: new Set(), focused: "" });
  }

  render() {
    const { steps, here, readOnly } = this.state;
    if (!steps.length) return nothing;
    if (steps.length <= MANY) this.filter = "";
    const rows = this.filter ? this.found() : this.rows();
    const known = rows.some((row) => row.key === this.focused) ? this.focused : here;
    return html`<section class="outline" aria-label="Steps">
      <div class="outline-head"><h3>Steps <span class="count">${steps.length}</span></h3>${
        readOnly ? nothing : this.tools()
      }</div>
      ${this.adding ? this.places() : nothing}
      ${steps.length > MANY ? this.search() : nothing}
      <div class="steps" role="tree" aria-label="Tasks" @keydown=${this.key}>
        ${repeat(
          rows,
          (row) => row.key,
          (row) => this.row(row, row.key === known),
        )}</div>
      ${this.filter && !rows.length ? html`<p class="quiet">No step matches.</p>` : nothing}</section>`;
  }

  /** Keep the open step in view, however many there are. */
  updated() {
    const { here } = this.state;
    if (here !== this.seen) this.querySelector("[aria-current=step]")?.scrollIntoView({ block: "nearest" });
    this.seen = here;
  }

  search() {
    return html`<input class="control step-filter" type="search" aria-label="Search the steps"
      placeholder="Search the steps"
      .value=${this.filter} @input=${({ target }) => (this.filter = target.value)} />`;
  }

  // --- rows ---------------------------------------------------------------------------------------

  /** What is in view, top to bottom: steps, and the branches inside them. */
  rows() {
    const byPlace = new Map(this.state.steps.map((step) => [toPointer(step.path), step]));
    const list = (path, level) =>
      (getIn(this.state.workflow, path) ?? []).flatMap((_, index) => {
        const step = byPlace.get(toPointer([...path, index]));
        if (!step) return [];
        const branches = branchesOf(step.task);
        const open = !this.closed.has(step.id);
        const inside = open ? branches.flatMap((branch) => below(step, branch, level + 1)) : [];
        return [{ key: step.id, step, level, open, nested: branches.length > 0 }, ...inside];
      });
    const below = (step, { path, label }, level) => {
      const place = [...step.path, ...path];
      return [{ key: `${step.id}${toPointer(path)}`, branch: label, path: place, level }, ...list(place, level + 1)];
    };
    return list(["tasks"], 1);
  }

  found() {
    const wanted = this.filter.toLowerCase();
    const texts = ({ taskReferenceName, name, type, ...task }) => [taskReferenceName, name, type, request(task).uri];
    return this.state.steps
      .filter(({ task }) =>
        texts(task).some((text) =>
          String(text ?? "")
            .toLowerCase()
            .includes(wanted),
        ),
      )
      .map((step) => ({ key: step.id, step, level: 1, open: false, nested: false }));
  }

  row(row, focusable) {
    const level = Math.min(row.level, DEEPEST);
    const drop = { over: (event) => this.dragOver(event, row), drop: (event) => this.drop(event, row) };
    if (row.branch !== undefined)
      return html`<div class="branch-row ${this.over === row.key ? "over" : ""}" role="treeitem" aria-level=${row.level}
        data-level=${level} data-key=${row.key} tabindex=${focusable ? 0 : -1} aria-selected="false"
        @dragover=${drop.over} @drop=${drop.drop}>${row.branch}</div>`;
    const { id, task } = row.step;
    const open = id === this.state.here;
    const worst = worstOf(this.state.findings.get(id) ?? []);
    return html`<div class="step ${this.over === row.key ? "over" : ""}" role="treeitem" aria-level=${row.level}
      data-level=${level} data-key=${id} aria-current=${open ? "step" : "false"}
        aria-selected=${open ? "true" : "false"}
      aria-expanded=${row.nested ? String(row.open) : nothing} tabindex=${focusable ? 0 : -1}
      title=${isHttp(task) ? String(request(task).uri ?? "") : task.type} draggable=${
        this.state.readOnly ? "false" : "true"
      }
      @click=${() => this.store.edits.choose(id)} @dragstart=${(event) => event.dataTransfer.setData("text/step", id)}
      @dragover=${drop.over} @drop=${drop.drop} @dragend=${this.away} @dragleave=${this.away}>
      ${row.nested ? this.twist(row) : html`<span class="twist"></span>`}${kind(task)}<span
        class="step-name">${task.taskReferenceName ?? task.name}</span>
      ${
        worst
          ? html`<span class="dot ${worst}" title="has ${worst}s"><span class="sr">has ${worst}s</span></span>`
          : nothing
      }
      ${this.mark(id)}</div>`;
  }

  twist({ key, open }) {
    const turn = (event) => {
      event.stopPropagation();
      this.toggle(key);
    };
    return html`<span class="twist ${open ? "open" : "shut"}" @click=${turn}></span>`;
  }

  away = () => {
    this.over = "";
  };

  toggle(id) {
    if (!this.closed.delete(id)) this.closed.add(id);
    this.requestUpdate();
  }

  mark(id) {
    const [run] = this.store.tests.of(id);
    if (!run) return nothing;
    if (run.running) return html`<span class="spinner" title="under test"></span>`;
    if (run.status === "completed") return html`<span class="ok" title="tested">${icons.check}</span>`;
    return html`<span class="failed" title="the last test failed">${icons.close}</span>`;
  }

  // --- what can be done ---------------------------------------------------------------------------

  tools() {
    const { step } = this.store;
    const { edits } = this.store;
    const tool = (label, icon, act) =>
      html`<button class="tool" aria-label=${label} title=${label} ?disabled=${!step} @click=${act}>${icon}</button>`;
    return html`<span class="tools">
      <button class="small" title="Add a step after this one"
        @click=${() => this.add(step, "after")}>${icons.plus}Step</button>
      <button class="tool" aria-label="Add elsewhere" title="Add elsewhere" aria-expanded=${
        this.adding ? "true" : "false"
      }
        @click=${() => (this.adding = !this.adding)}>${icons.chevron}</button>
      ${tool("Move up", icons.up, () => edits.shift(step, -1))} ${tool("Move down", icons.down, () =>
        edits.shift(step, 1),
      )}
      ${tool("Duplicate this task", icons.copy, () => edits.duplicate(step))}
      ${tool("Remove this task", icons.trash, () => edits.removeStep(step))}</span>`;
  }

  /** The places beside and inside the open step that a new one may have. */
  places() {
    const { step } = this.store;
    const inside = step ? branchesOf(step.task).map(({ path, label }) => [`into ${label}`, path]) : [];
    const beside = step ? [["before", "before"], ["after", "after"], ...inside] : [];
    const name = step?.task.taskReferenceName;
    return html`<div class="chips" role="group" aria-label="Add a step">
      ${beside.map(
        ([label, side]) => html`<button class="chip" @click=${() => this.add(step, side)}>${icons.plus}${label}
        <span class="sr">${name}</span></button>`,
      )}
      <button class="chip" @click=${() => this.add(null)}>${icons.plus}at the end</button></div>`;
  }

  add(step, side) {
    this.adding = false;
    if (step) this.store.edits.addBeside(step, side);
    else this.store.edits.addTask();
    this.store.tell("focus-search", {});
  }

  // --- moving by drag and by keys -----------------------------------------------------------------

  dragOver(event, row) {
    if (isDragged(event)) this.openSoon(row.key);
    if (!event.dataTransfer.types.includes("text/step")) return;
    event.preventDefault();
    this.over = row.key;
  }

  /** A value that is held over a step opens it, so that it can be dropped into its fields. */
  openSoon(id) {
    if (this.over === id) return;
    this.over = id;
    clearTimeout(this.opening);
    this.opening = setTimeout(() => {
      if (this.over === id) this.store.edits.choose(id);
      this.over = "";
    }, OPENS_AFTER);
  }

  /** On a step: before it, or after it in its lower half; on a branch: as its last. */
  drop(event, row) {
    event.preventDefault();
    this.over = "";
    const step = this.state.steps.find(({ id }) => id === event.dataTransfer.getData("text/step"));
    if (!step) return;
    if (row.branch !== undefined) {
      this.store.edits.moveTo(step, row.path, (getIn(this.state.workflow, row.path) ?? []).length);
      return;
    }
    const box = event.currentTarget.getBoundingClientRect();
    const after = event.clientY > box.top + box.height / 2 ? 1 : 0;
    this.store.edits.moveTo(step, row.step.path.slice(0, -1), row.step.path.at(-1) + after);
  }

  key(event) {
    const nodes = [...this.querySelectorAll("[role=treeitem]")];
    const at = nodes.indexOf(event.target);
    const step = this.state.steps.find(({ id }) => id === event.target.dataset.key);
    const act = event.altKey ? this.moving(event.key, step) : this.walking(event.key, nodes, at, step);
    if (at < 0 || !act || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    act();
  }

  moving(key, step) {
    const by = { ArrowUp: -1, ArrowDown: 1 }[key];
    return by && step && (() => this.store.edits.shift(step, by));
  }

  walking(key, nodes, at, step) {
    const turn = (open) => step && this.closed.has(step.id) === open && this.toggle(step.id);
    const remove = () => step && !this.state.readOnly && this.store.edits.removeStep(step);
    const choose = () => step && this.store.edits.choose(step.id);
    return {
      ArrowDown: () => this.focusOn(nodes[at + 1]),
      ArrowUp: () => this.focusOn(nodes[at - 1]),
      Home: () => this.focusOn(nodes[0]),
      End: () => this.focusOn(nodes.at(-1)),
      ArrowRight: () => turn(true),
      ArrowLeft: () => turn(false),
      Enter: choose,
      " ": choose,
      Delete: remove,
    }[key];
  }

  focusOn(node) {
    if (!node) return;
    this.focused = node.dataset.key;
    this.requestUpdate();
    node.focus();
  }
}

function kind(task) {
  if (!isHttp(task)) return html`<small class="step-kind">${task.type}</small>`;
  const method = String(request(task).method ?? "GET").toUpperCase();
  return html`<span class="method ${method.toLowerCase()}">${method}</span>`;
}

export const worstOf = (findings) =>
  findings.some(({ severity }) => severity === "error") ? "error" : findings.length ? "warning" : "";

customElements.define("hte-outline", Outline);
