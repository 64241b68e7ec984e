// A JSON value as an ARIA tree that draws only what is open, a hundred children at a time.

import { html, nothing, repeat } from "../vendor/lit.js";
import { dragged } from "./dragged.js";
import { Part } from "./part.js";
import { toPointer } from "./pointer.js";
import { expressionPath } from "./shape.js";
import { grouped } from "./units.js";

const STEP = 100;
const PREVIEW = 90;
const FOUND = 200;
const SEARCHED = 1000000;

class Tree extends Part {
  static properties = {
    ...Part.properties,
    value: { attribute: false },
    base: { attribute: false },
    label: {},
    types: { type: Boolean },
    filter: { state: true },
  };

  constructor() {
    super();
    this.base = [];
    this.filter = "";
    this.open = new Map();
    this.focused = "";
  }

  willUpdate(changed) {
    if (changed.has("value")) {
      this.open = new Map([[toPointer(this.base), STEP]]);
      this.focused = toPointer(this.base);
      this.expandSmall();
    }
    if (this.filter && (changed.has("filter") || changed.has("value"))) this.hits = this.found();
  }

  expandSmall() {
    if (!isNested(this.value) || sizeOf(this.value) > 12) return;
    for (const [key, item] of entries(this.value))
      if (isNested(item) && sizeOf(item) <= 12) this.open.set(toPointer([...this.base, key]), STEP);
  }

  render() {
    const rows = this.filter ? this.hits : [...this.rows(this.value, this.base, 1, null, 1, 1)];
    const anyFocus = rows.some((row) => row.id === this.focused);
    return html`<input class="control tree-filter" type="search" aria-label="Search the response"
      placeholder="Search keys and values" .value=${this.filter} @input=${(event) => {
        this.filter = event.target.value;
      }} />
      <div class="tree" role="tree" aria-label=${this.label ?? "Response body"} part="tree" @keydown=${this.key}>
        ${repeat(
          rows,
          (row) => row.id,
          (row, index) => this.row(row, anyFocus ? row.id === this.focused : index === 0),
        )}</div>
      ${this.filter ? this.searched(rows) : nothing}`;
  }

  /** What the search did not reach, or that it found nothing. */
  searched({ length }) {
    if (length === FOUND) return html`<p class="note">The first ${FOUND} matches.</p>`;
    if (this.unread)
      return html`<p class="note">The first ${grouped(SEARCHED)} values were searched.</p>`;
    return length ? nothing : html`<p class="quiet">Nothing matches.</p>`;
  }

  *rows(value, path, level, name, place, size) {
    const id = toPointer(path);
    const nested = isNested(value);
    const limit = this.open.get(id) ?? 0;
    yield { id, path, level, name, value, nested, place, size, open: limit > 0 };
    if (!nested || !limit) return;
    const total = sizeOf(value);
    for (const [index, [key, item]] of entries(value, limit).entries())
      yield* this.rows(item, [...path, key], level + 1, key, index + 1, total);
    if (total > limit)
      yield {
        id: `${id}#more`,
        path,
        level: level + 1,
        more: total - limit,
        place: limit + 1,
        size: total,
      };
  }

  /** Rows whose key or value holds the searched text, as a flat list. */
  found() {
    const wanted = this.filter.toLowerCase();
    const holds = (text) => String(text).toLowerCase().includes(wanted);
    const rows = [];
    let seen = 0;
    for (const [value, path] of walk(this.value, this.base)) {
      if (holds(path.at(-1)) || (!isNested(value) && holds(value)))
        rows.push({
          id: toPointer(path),
          path,
          level: 1,
          name: path.slice(this.base.length).join(" › "),
          value,
          nested: false,
          place: rows.length + 1,
          size: -1,
        });
      seen += 1;
      if (rows.length === FOUND || seen === SEARCHED) break;
    }
    this.unread = seen === SEARCHED;
    return rows;
  }

  row(row, focusable) {
    if (row.more) {
      return html`<div class="node" role="treeitem" aria-level=${row.level} data-id=${row.id}
        data-level=${Math.min(row.level, 12)} tabindex=${focusable ? 0 : -1} @click=${() => this.more(row)}>
        <span class="twist"></span><span class="link">show ${Math.min(STEP, row.more)} of
          ${grouped(row.more)} more</span></div>`;
    }
    return html`<div class="node" role="treeitem" aria-level=${row.level} aria-posinset=${row.place}
      aria-setsize=${row.size} data-id=${row.id} data-level=${Math.min(row.level, 12)}
        aria-expanded=${row.nested ? String(row.open) : nothing} aria-selected=${
          row.id === this.focused ? "true" : "false"
        } tabindex=${focusable ? 0 : -1}
        draggable="true" @dragstart=${(event) => this.drag(event, row)} @click=${(event) => this.click(event, row)}>
      <span class="twist ${row.nested ? (row.open ? "open" : "shut") : ""}"></span>
      ${row.name === null ? nothing : html`<span class="key">${row.name}</span>`}${
        this.types && typeof row.value === "string"
          ? html`<span class="type">${row.value}</span>`
          : summary(row)
      }<span class="use"
        aria-hidden="true">use</span></div>`;
  }

  click(event, row) {
    this.focused = row.id;
    if (row.nested && !event.target.classList.contains("use")) this.toggle(row);
    else this.pick(row);
    this.requestUpdate();
  }

  /** A value is dragged into a field as its expression. */
  drag(event, { path }) {
    const { taskReferenceName } = this.state.task ?? {};
    if (path[0] === "response" && taskReferenceName)
      dragged(event, expressionPath(taskReferenceName, path));
  }

  toggle(row) {
    if (this.open.has(row.id)) this.open.delete(row.id);
    else this.open.set(row.id, STEP);
    this.requestUpdate();
  }

  more(row) {
    const id = toPointer(row.path);
    this.open.set(id, (this.open.get(id) ?? 0) + STEP);
    this.requestUpdate();
  }

  pick(row) {
    this.dispatchEvent(new CustomEvent("pick", { detail: { path: row.path, value: row.value } }));
  }

  key(event) {
    const nodes = [...this.querySelectorAll("[role=treeitem]")];
    const at = nodes.indexOf(event.target);
    if (at < 0) return;
    const rows = this.filter ? this.hits : [...this.rows(this.value, this.base, 1, null, 1, 1)];
    const row = rows[at];
    const parent = () => nodes[rows.findLastIndex((each, index) => index < at && each.level < row.level)];
    const act = {
      ArrowDown: () => this.focusOn(nodes[at + 1]),
      ArrowUp: () => this.focusOn(nodes[at - 1]),
      Home: () => this.focusOn(nodes[0]),
      End: () => this.focusOn(nodes.at(-1)),
      ArrowRight: () => (row.nested && !row.open ? this.toggle(row) : row.nested && this.focusOn(nodes[at + 1])),
      ArrowLeft: () => (row.nested && row.open ? this.toggle(row) : this.focusOn(parent())),
      Enter: () => (row.more ? this.more(row) : this.pick(row)),
      " ": () => (row.more ? this.more(row) : row.nested ? this.toggle(row) : this.pick(row)),
    }[event.ctrlKey || event.metaKey ? "" : event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  focusOn(node) {
    if (!node) return;
    this.focused = node.dataset.id;
    this.requestUpdate();
    node.focus();
  }
}

const isNested = (value) => value !== null && typeof value === "object";

/** Everything below a value, as deep as it goes: `[value, path]`, one after the other. */
function* walk(value, path) {
  if (!isNested(value)) return;
  for (const key of Array.isArray(value) ? value.keys() : Object.keys(value)) {
    const below = [...path, key];
    yield [value[key], below];
    yield* walk(value[key], below);
  }
}

/** The first members of a list or an object, each with its key. */
export const entries = (value, limit = Infinity) =>
  Array.isArray(value)
    ? value.slice(0, limit).map((item, index) => [index, item])
    : Object.entries(value).slice(0, limit);

const sizeOf = (value) => (Array.isArray(value) ? value : Object.keys(value)).length;

function summary({ value }) {
  if (Array.isArray(value)) return html`<span class="muted">[${grouped(value.length)}]</span>`;
  if (isNested(value)) return html`<span class="muted">{${sizeOf(value)}}</span>`;
  if (typeof value !== "string")
    return html`<span class="value ${value === null ? "word" : typeof value}">${String(value)}</span>`;
  const long = value.length > PREVIEW;
  return html`<span class="value string">"${long ? `${value.slice(0, PREVIEW)}…` : value}"</span>${
    long
      ? html`<span
    class="muted">${grouped(value.length)} characters</span>`
      : nothing
  }`;
}

customElements.define("hte-tree", Tree);
