// <http-task-editor>: one HTTP task of a workflow; search, request, response.

import { html, LitElement, nothing } from "../vendor/lit.js";
import * as icons from "./icons.js";
import { toPointer } from "./pointer.js";
import "./request-pane.js";
import "./response-pane.js";
import "./search-pane.js";
import { behaviours } from "./settings.js";
import { bodyPath, isHttp, OPTIONS, placedTasks, requestPath } from "./shape.js";
import { Store } from "./store.js";
import { styles } from "./styles/all.js";

/**
 * Properties: `apiBase` (attribute `api-base`), `token`, `task`, `workflow`, `taskReference`
 * (`task-reference`), `theme` (auto, light, dark), `readOnly` (`readonly`).
 * Events (bubbling, composed): `httptask-change` {task, workflow}, `httptask-test-start` {task},
 * `httptask-test-end` {trace, error}, `httptask-map` {expression, name, path}, `httptask-save`
 * {task, workflow}, `httptask-error` {error}.
 * Methods: `test()`, `cancel()`, `focusSearch()`.
 * CSS parts: bar, catalogue, request, response, search, docs, field, input, tree, images,
 * test-bar, test-button, cancel-button, mapping, json, empty, toast.
 */
export class HttpTaskEditor extends LitElement {
  static styles = styles;

  static properties = {
    apiBase: { attribute: "api-base" }, token: { attribute: false }, task: { attribute: false }, workflow: { attribute: false },
    taskReference: { attribute: "task-reference" }, theme: { reflect: true }, readOnly: { type: Boolean, attribute: "readonly" }, saveState: { attribute: false },
  };

  constructor() {
    super();
    Object.assign(this, { apiBase: new URL("../../api", import.meta.url).href, token: "", task: null, workflow: null, taskReference: "", theme: "auto", readOnly: false, saveState: null });
    this.store = new Store();
    this.store.addEventListener("change", () => this.requestUpdate());
    this.store.addEventListener("tell", (event) => this.told(event.detail));
    this.addEventListener("keydown", (event) => this.shortcut(event));
  }

  createRenderRoot() {
    const root = super.createRenderRoot();
    root.addEventListener("focusin", () => { this.store.moves += 1; }); // moves inside do not leave the root
    return root;
  }

  willUpdate(changed) {
    const { state } = this.store;
    if (changed.has("readOnly")) state.readOnly = this.readOnly;
    const workflow = changed.has("workflow") && this.workflow !== state.workflow;
    const task = changed.has("task") && !this.workflow && this.task !== state.task;
    if (workflow || task || (changed.has("taskReference") && this.taskReference)) this.store.open({ workflow: this.workflow, task: this.task, ref: this.taskReference });
    if (changed.has("token") || changed.has("apiBase")) this.store.connect(this.apiBase.replace(/\/$/, ""), this.token);
  }

  /** Keep the open task in view, however many there are. */
  updated() {
    const { place } = this.store.state;
    if (place !== this.placeSeen) this.renderRoot.querySelector(".step[aria-current=step]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
    this.placeSeen = place;
  }

  render() {
    const { state } = this.store;
    return html`<div class="frame">${state.workflow ? this.bar() : nothing}
      <div class="panes">
        <section class="pane catalogue" part="catalogue" aria-label="API catalogue"><hte-search .store=${this.store}></hte-search></section>
        <section class="pane request" part="request" aria-label="Request"><hte-request .store=${this.store}></hte-request></section>
        <section class="pane response" part="response" aria-label="Response"><hte-response .store=${this.store}></hte-response></section>
      </div>
      ${state.connected ? nothing : html`<p class="offline" role="status">Not connected: the token is missing. Open the link that <code>httptask serve</code> printed.</p>`}
      <div class="toast-place" role="status" aria-live="polite">${state.toast ? html`<div class="toast" part="toast">${state.toast}</div>` : nothing}</div>
    </div>`;
  }

  bar() {
    const { workflow, place, readOnly } = this.store.state;
    const here = toPointer(place ?? []);
    const placed = placedTasks(workflow.tasks);
    return html`<header class="bar" part="bar">
      <strong class="workflow-name" title="Workflow">${workflow.name ?? "workflow"}</strong>
      <nav class="steps" aria-label="Tasks">${placed.map(({ task, path }) => html`<button class="step ${isHttp(task) ? "" : "other"}" aria-current=${toPointer(path) === here ? "step" : "false"} @click=${() => this.store.choose(path)}>
        ${task.taskReferenceName ?? task.name}${isHttp(task) ? nothing : html`<small>${task.type}</small>`}</button>`)}
        ${readOnly || !placed.length ? nothing : html`<button class="step add" aria-label="Add HTTP task" @click=${() => { this.store.addTask(); this.focusSearch(); }}>${icons.plus}HTTP task</button>`}</nav>
      <span class="bar-end">${this.problems()}
        ${place && !readOnly ? html`<button class="tool" aria-label="Remove this task" title="Remove this task" @click=${() => this.store.removeTask()}>${icons.trash}</button>` : nothing}
        <slot name="actions"></slot>
        ${this.saveState ? html`<button class="small ${this.saveState === "changed" ? "primary" : ""}" title="Ctrl+S" ?disabled=${this.saveState === "saving"} @click=${this.save}>${icons.save}${{ saved: "Saved", changed: "Save", saving: "Saving…" }[this.saveState]}</button>` : nothing}</span>
    </header>`;
  }

  problems() {
    const { findings } = this.store.state;
    const errors = findings.filter(({ severity }) => severity === "error").length;
    if (!findings.length) return nothing;
    const first = findings.find(({ severity }) => severity === "error") ?? findings[0];
    const text = errors ? `${errors} ${errors === 1 ? "error" : "errors"}` : `${findings.length} ${findings.length === 1 ? "warning" : "warnings"}`;
    return html`<button class="findings ${errors ? "bad" : ""}" @click=${() => this.store.goTo(first.pointer)}>${icons.warn}${text}</button>`;
  }

  // --- what a host may call ----------------------------------------------------------------------

  test() { return this.store.test(); }
  cancel() { this.store.cancel(); }
  focusSearch() { this.updateComplete.then(() => { const box = this.renderRoot.querySelector(".search-box input"); box?.focus(); box?.select(); }); }
  save() { this.emit("save", { task: this.store.state.task, workflow: this.store.state.workflow }); }

  /** Keys that work anywhere in the panel; a page of its own passes its keys here as well. */
  shortcut(event) {
    const control = event.ctrlKey || event.metaKey;
    const act = control ? { k: () => this.focusSearch(), Enter: () => this.test(), s: this.saveState ? () => this.save() : null }[event.key]
      : event.key === "Escape" && this.store.state.run?.running ? () => this.cancel() : null;
    if (!act || event.defaultPrevented) return;
    event.preventDefault();
    act();
  }

  /** Resolves when the parts inside are drawn too: before the user can do anything else. */
  async getUpdateComplete() {
    const done = await super.getUpdateComplete();
    for (const part of this.renderRoot.querySelectorAll("*")) await part.updateComplete;
    return done;
  }

  // --- what the store tells ----------------------------------------------------------------------

  told({ type, detail }) {
    const inside = { focus: () => this.focusField(detail.path), "focus-search": () => this.focusSearch(), prepared: () => this.focusTest(), ask: () => this.focusAsk(detail.text) }[type];
    if (inside) { inside(); return; }
    if (type === "test-start") this.showResponse();
    if (type === "change") { this.task = detail.task; this.workflow = detail.workflow; }
    this.emit(type, detail);
  }

  emit(type, detail) {
    this.dispatchEvent(new CustomEvent(`httptask-${type}`, { detail, bubbles: true, composed: true }));
  }

  /** Where the panes are stacked, bring the response into view. */
  showResponse() {
    const panes = this.renderRoot.querySelector(".panes");
    if (getComputedStyle(panes).display === "block") this.renderRoot.querySelector(".pane.response").scrollIntoView({ block: "start" });
  }

  async focusTest() {
    await this.updateComplete;
    this.renderRoot.querySelector("[part~=test-button]")?.focus({ preventScroll: true });
  }

  async focusAsk(text) {
    await this.updateComplete;
    this.renderRoot.querySelector(`[data-ask="${CSS.escape(text)}"]`)?.focus();
  }

  async focusField(path) {
    const { task } = this.store.state;
    if (!task) return;
    this.store.set({ tab: tabOf(task, path, this.store.state.session) });
    await this.updateComplete;
    for (let steps = path; steps.length; steps = steps.slice(0, -1)) {
      const spot = this.renderRoot.querySelector(`[data-pointer="${CSS.escape(toPointer(steps))}"]`);
      if (!spot) continue;
      spot.scrollIntoView({ block: "center" });
      const box = spot.querySelector("textarea, input, select, [role=radio]") ?? spot.querySelector("button") ?? spot;
      box.focus({ preventScroll: true });
      if (box.tagName === "TEXTAREA") box.setSelectionRange(box.value.length, box.value.length);
      return;
    }
  }
}

function tabOf(task, path, session) {
  const pointer = toPointer(path);
  const under = (place) => pointer === toPointer(place) || pointer.startsWith(`${toPointer(place)}/`);
  if (!isHttp(task)) return "json";
  if (under([...OPTIONS, "auth"])) return "auth";
  if (under([...OPTIONS, "output"])) return "output";
  if (under([...OPTIONS, "retry"]) || behaviours(session).some(([where, name]) => under([...where(task), name]))) return "behaviour";
  const parameters = task.inputParameters?.httptask?.parametersSchema?.properties ?? {};
  if (under([...OPTIONS, "query"]) && !parameters.query) return "query";
  if (under([...requestPath(task), "headers"]) && !parameters.headers) return "headers";
  const inputs = [bodyPath(task), [...OPTIONS, "path"], [...OPTIONS, "query"], [...OPTIONS, "cookies"], [...requestPath(task), "headers"], [...requestPath(task), "uri"], [...requestPath(task), "method"]];
  return inputs.some(under) ? "inputs" : "json";
}

customElements.define("http-task-editor", HttpTaskEditor);
