// <http-task-editor>: the steps of a workflow, one of them in work; search, request, response.

import { html, LitElement, nothing } from "../vendor/lit.js";
import "./conflict.js";
import { focusField, focusIn } from "./focus.js";
import * as icons from "./icons.js";
import "./request-pane.js";
import "./response-pane.js";
import "./search-pane.js";
import "./workflow-bar.js";
import { Store } from "./store.js";
import { styles } from "./styles/all.js";

const READS = ["workflow", "connected", "toast", "conflict"];

/**
 * Properties: `apiBase` (attribute `api-base`), `token`, `task`, `workflow`, `taskReference`
 * (`task-reference`), `theme` (auto, light, dark), `readOnly` (`readonly`), `saveState`, `transport`,
 * `services`.
 * Events, which bubble and cross shadow roots: see `editor.d.ts`.
 * Methods: `test()`, `cancel()`, `undo()`, `redo()`, `save()`, `focusSearch()`.
 */
export class HttpTaskEditor extends LitElement {
  static styles = styles;

  static properties = {
    apiBase: { attribute: "api-base" },
    token: { attribute: false },
    task: { attribute: false },
    workflow: { attribute: false },
    taskReference: { attribute: "task-reference" },
    theme: { reflect: true },
    readOnly: { type: Boolean, attribute: "readonly" },
    saveState: { attribute: false },
    transport: { attribute: false },
    services: { attribute: false },
  };

  constructor() {
    super();
    Object.assign(this, {
      apiBase: new URL("../../api", import.meta.url).href,
      token: "",
      task: null,
      workflow: null,
      taskReference: "",
      theme: "auto",
      readOnly: false,
      saveState: null,
      transport: null,
      services: null,
    });
    this.store = new Store();
    this.store.watch(
      (state) => READS.map((name) => state[name]),
      () => this.requestUpdate(),
    );
    this.store.addEventListener("tell", (event) => this.told(event.detail));
    this.addEventListener("keydown", (event) => this.shortcut(event));
  }

  createRenderRoot() {
    const root = super.createRenderRoot();
    root.addEventListener("focusin", () => {
      this.store.moves += 1; // moves inside do not leave the root
    });
    return root;
  }

  willUpdate(changed) {
    const { state } = this.store;
    if (changed.has("readOnly")) this.store.set({ readOnly: this.readOnly });
    const workflow = changed.has("workflow") && this.workflow !== state.workflow;
    const task = changed.has("task") && !this.workflow && this.task !== state.task;
    if (workflow || task || (changed.has("taskReference") && this.taskReference)) {
      this.store.edits.receive({ workflow: this.workflow, task: this.task, ref: this.taskReference });
      this.reflect();
    }
    if (["token", "apiBase", "transport", "services"].some((name) => changed.has(name)))
      this.store.connect(this.apiBase.replace(/\/$/, ""), this.token, this.transport, this.services);
  }

  render() {
    const { workflow, connected, toast, conflict } = this.store.state;
    return html`<div class="frame">${workflow ? this.bar() : nothing}
      <div class="panes">
        <section class="pane catalogue" part="catalogue" aria-label="API catalogue"><h2 class="sr">Catalogue</h2>
          <hte-search .store=${this.store}></hte-search></section>
        <section class="pane request" part="request" aria-label="Request"><h2 class="sr">Request</h2>
          <hte-request .store=${this.store}></hte-request></section>
        <section class="pane response" part="response" aria-label="Response"><h2 class="sr">Response</h2>
          <hte-response .store=${this.store}></hte-response></section>
      </div>
      ${conflict ? html`<hte-conflict .store=${this.store}></hte-conflict>` : nothing}
      ${
        connected
          ? nothing
          : html`<p class="offline" role="status">Not connected: the token is missing. Open the link
        that <code>httptask serve</code> printed.</p>`
      }
      <div class="toast-place" role="status" aria-live="polite">${toast ? this.toast(toast) : nothing}</div>
    </div>`;
  }

  toast({ text, action }) {
    const act = () => {
      this.store.set({ toast: null });
      action.act();
    };
    return html`<div class="toast" part="toast"><span>${text}</span>
      ${action ? html`<button class="link" @click=${act}>${action.label}</button>` : nothing}</div>`;
  }

  bar() {
    return html`<header class="bar" part="bar">
      <hte-bar .store=${this.store}></hte-bar>
      <span class="bar-end"><slot name="actions"></slot>${this.saveState ? this.saveButton() : nothing}</span>
    </header>`;
  }

  saveButton() {
    const title = { saved: "Saved", changed: "Save", saving: "Saving…", new: "Save" }[this.saveState];
    const unsaved = this.saveState === "new" ? html`<span class="note">not on disk yet</span>` : nothing;
    return html`${unsaved}<button class="small ${["changed", "new"].includes(this.saveState) ? "primary" : ""}"
      title="Ctrl+S"
      ?disabled=${this.saveState === "saving"} @click=${this.save}>${icons.save}${title}</button>`;
  }

  // --- what a host may call ----------------------------------------------------------------------

  test() {
    return this.store.tests.start();
  }

  cancel() {
    this.store.tests.cancel();
  }

  undo() {
    this.store.edits.undo();
  }

  redo() {
    this.store.edits.redo();
  }

  focusSearch() {
    focusIn(this.renderRoot, ".search-box input", { select: true });
  }

  save() {
    const { task, workflow } = this.store.state;
    this.emit("save", { task, workflow });
  }

  /** Keys that work anywhere in the panel; a page of its own passes its keys here as well. */
  shortcut(event) {
    if (event.defaultPrevented) return;
    const act = event.ctrlKey || event.metaKey ? this.#withControl(event) : this.#alone(event);
    if (!act) return;
    event.preventDefault();
    act();
  }

  #withControl(event) {
    const own = event.composedPath()[0]?.closest?.(OWN_UNDO);
    const turn = own ? {} : { z: () => (event.shiftKey ? this.redo() : this.undo()), y: () => this.redo() };
    const fromHere = event.shiftKey || undefined;
    const enter = () => this.store.tests.start({ fromHere });
    const acts = { k: () => this.focusSearch(), Enter: enter, s: () => this.save(), ...turn };
    return acts[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  }

  #alone({ key }) {
    return key === "Escape" && this.store.state.run?.running ? () => this.cancel() : null;
  }

  /** Resolves when the parts inside are drawn too: before the user can do anything else. */
  async getUpdateComplete() {
    const done = await super.getUpdateComplete();
    for (const part of this.renderRoot.querySelectorAll("*")) await part.updateComplete;
    return done;
  }

  // --- what the store tells ----------------------------------------------------------------------

  told({ type, detail }) {
    const inside = {
      focus: () => focusField(this, detail.path),
      "focus-search": () => this.focusSearch(),
      prepared: () => this.focusWhenDrawn("[part~=test-button]"),
      ask: () => this.focusWhenDrawn(`[data-ask="${CSS.escape(detail.text)}"]`),
    }[type];
    if (inside) {
      inside();
      return;
    }
    if (type === "test-start") this.showResponse();
    this.reflect();
    this.emit(type, detail);
  }

  /** The properties say what is open, as they say it to the host. */
  reflect() {
    const { task, workflow } = this.store.state;
    Object.assign(this, {
      task,
      workflow,
      taskReference: workflow ? (task?.taskReferenceName ?? "") : this.taskReference,
    });
  }

  emit(type, detail) {
    this.dispatchEvent(new CustomEvent(`httptask-${type}`, { detail, bubbles: true, composed: true }));
  }

  /** Where the panes are stacked, bring the response into view. */
  showResponse() {
    const panes = this.renderRoot.querySelector(".panes");
    if (getComputedStyle(panes).display === "block")
      this.renderRoot.querySelector(".pane.response").scrollIntoView({ block: "start" });
  }

  async focusWhenDrawn(selector) {
    await this.updateComplete;
    focusIn(this.renderRoot, selector);
  }
}

/** Where Ctrl+Z is the field's own: what is typed there is not part of the definition. */
const OWN_UNDO = ".cm-editor, .search-box, .asked, .mapping, .tree-filter";

customElements.define("http-task-editor", HttpTaskEditor);
