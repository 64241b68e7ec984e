// The request of the task: method and URL, and the tabs below.

import { html, nothing } from "../vendor/lit.js";
import { field, messages, picker, picks, values } from "./field.js";
import * as icons from "./icons.js";
import "./json-view.js";
import "./output-tab.js";
import { Part, tabKeys } from "./part.js";
import { getIn, toPointer } from "./pointer.js";
import { RETRY, authKinds, behaviours } from "./settings.js";
import { taskForm } from "./task-form.js";
import {
  BODY_KINDS,
  bodyKind,
  isBlank,
  isHttp,
  options,
  OPTIONS,
  request,
  requestPath,
  sections,
  withBodyKind,
} from "./shape.js";

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];
const TABS = {
  inputs: "Inputs",
  query: "Query",
  headers: "Headers",
  auth: "Auth",
  behaviour: "Retry",
  output: "Output",
  json: "JSON",
};
const map = (noun) => ({ type: "object", additionalProperties: {}, noun });

class RequestPane extends Part {
  static reads = [
    "task",
    "tab",
    "findings",
    "fx",
    "branch",
    "shown",
    "session",
    "readOnly",
    "here",
    "operation",
    "inputs",
    "references",
    "picking",
  ];

  render() {
    const { task, tab } = this.state;
    if (!task) return this.empty();
    if (!isHttp(task)) return taskForm(this.store, this.reference(task));
    return html`${this.line(task)}
      <div class="tabs" role="tablist" aria-label="Request" @keydown=${tabKeys}>${Object.entries(TABS).map(
        ([id, title]) => this.tab(id, title),
      )}</div>
      <div class="tab-body" role="tabpanel" id="hte-request-panel" aria-label=${TABS[tab]}
        tabindex="-1">${this.panel(tab, task)}</div>`;
  }

  empty() {
    return html`<div class="start" part="empty">
      <h2>How to start integrating</h2>
      <ol>
        <li><button class="primary" ?disabled=${this.state.readOnly}
          @click=${this.begin}>${icons.plus}Add HTTP Task</button> to your workflow definition.</li>
        <li>Search for the API you want to integrate with and click on the name.
          <small>This loads the API reference documentation and prepares the HTTP request settings.</small></li>
        <li>Click <strong>Test request</strong> to test run your request to the API and see the API’s response.</li>
      </ol></div>`;
  }

  begin() {
    this.store.edits.addTask();
    this.store.tell("focus-search", {});
  }

  line(task) {
    const { readOnly } = this.state;
    const path = requestPath(task);
    const method = String(request(task).method ?? "GET").toUpperCase();
    const uri = this.uri(task);
    const known = METHODS.includes(method) ? method.toLowerCase() : "";
    return html`<div class="request-line">
      <select class="control method-select ${known}" aria-label="Method" ?disabled=${readOnly}
        data-pointer=${toPointer([...path, "method"])}
        @change=${(event) => this.store.edits.setValue([...path, "method"], event.target.value)}>
        ${[...new Set([...METHODS, method])].map(
          (each) => html`<option
          ?selected=${each === method}>${each}</option>`,
        )}</select>
      <div class="uri" data-pointer=${uri.pointer}><hte-text .store=${this.store}
        .value=${uri.value} field=${uri.id} label="URL" code ?readonly=${readOnly}
        ?invalid=${uri.problems.some(({ severity }) => severity === "error")}
          placeholder="https://api.example.com/things/{id}" @value=${(event) =>
            this.store.edits.setValue(uri.path, event.detail.replaceAll("\n", ""))}></hte-text>
        ${readOnly ? nothing : picks(uri)}${picker(uri)}</div>
      ${values(uri)}${messages(uri)}${messages({
        id: "hte-method",
        problems: this.store.checks.at([...path, "method"]),
      })}
    </div>`;
  }

  uri(task) {
    const path = [...requestPath(task), "uri"];
    return {
      store: this.store,
      path,
      pointer: toPointer(path),
      id: "hte-uri",
      name: "the URL",
      schema: { type: "string" },
      value: String(request(task).uri ?? ""),
      problems: this.store.checks.at(path),
    };
  }

  tab(id, title) {
    const chosen = this.state.tab === id;
    const count = this.count(id);
    const bad = this.bad(id);
    return html`<button role="tab" id="hte-tab-${id}" aria-selected=${chosen ? "true" : "false"}
      aria-controls="hte-request-panel" tabindex=${chosen ? 0 : -1}
      @click=${() => this.store.set({ tab: id })}>${title}${
        count
          ? html`<span
        class="count">${count}</span>`
          : nothing
      }${
        bad
          ? html`<span class="dot"
          title="has problems"></span>`
          : nothing
      }</button>`;
  }

  places(id) {
    const { task } = this.state;
    const path = requestPath(task);
    return (
      {
        query: [[...OPTIONS, "query"]],
        headers: [[...path, "headers"]],
        auth: [[...OPTIONS, "auth"]],
        output: [[...OPTIONS, "output"]],
        behaviour: [
          [...OPTIONS, "retry"],
          ...behaviours(this.state.session).map(([where, name]) => [...where(task), name]),
        ],
        inputs: sections(task, this.state.operation).map((each) => each.path),
      }[id] ?? []
    );
  }

  count(id) {
    if (!["query", "headers", "output"].includes(id)) return 0;
    return Object.keys(getIn(this.state.task, this.places(id)[0]) ?? {}).length;
  }

  bad(id) {
    return this.places(id).some((path) => this.store.checks.below(path).some(({ severity }) => severity === "error"));
  }

  panel(tab, task) {
    const draw = {
      inputs: () => this.inputs(task),
      query: () => this.map("query", "query parameter"),
      headers: () => this.map("headers", "header"),
      auth: () => this.auth(task),
      behaviour: () => this.behaviour(task),
      output: () => html`<hte-output .store=${this.store}></hte-output>`,
      json: () => html`<hte-json .store=${this.store}></hte-json>`,
    };
    return html`${this.elsewhere(tab)}${draw[tab]()}`;
  }

  /** Findings that no field in view shows. */
  elsewhere(tab) {
    const path = requestPath(this.state.task);
    const name = tab === "inputs" ? [["taskReferenceName"]] : [];
    const shown = [...this.places(tab), ...name, [...path, "uri"], [...path, "method"]].map(toPointer);
    const seen = (pointer) => shown.some((each) => pointer === each || pointer.startsWith(`${each}/`));
    const rest = this.store.checks.here.filter(({ pointer }) => tab !== "json" && !seen(pointer));
    if (!rest.length) return nothing;
    return html`<details class="elsewhere" ?open=${rest.some(
      ({ severity }) => severity === "error",
    )}><summary>${rest.length} ${
      rest.length === 1 ? "finding" : "findings"
    } elsewhere</summary>
      <ul class="plain-list">${rest.map(
        (each) => html`<li class="message ${each.severity}">${icons.warn}<span><button
        class="link" @click=${() => this.store.goTo(each.pointer)}>${each.pointer.split("/").at(-1) || "task"}</button>
          ${each.message} ${each.hint ? html`<em>${each.hint}</em>` : nothing}</span></li>`,
      )}</ul></details>`;
  }

  inputs(task) {
    const found = sections(task, this.state.operation);
    return html`<div class="row head-row">${this.reference(task)}
      <label>Body <select class="control" aria-label="Kind of body" ?disabled=${this.state.readOnly}
        @change=${(event) => this.store.edits.setTask(withBodyKind(task, event.target.value))}>
        ${Object.entries(BODY_KINDS).map(
          ([kind, title]) => html`<option value=${kind}
          ?selected=${bodyKind(task) === kind}>${title}</option>`,
        )}</select></label></div>${messages(this.named)}
      ${found.map(
        (each) => html`<section
        aria-label=${each.title}><h3>${each.title}</h3>${this.section(each)}</section>`,
      )}
      ${
        found.length || !isBlank(task)
          ? nothing
          : html`<p class="quiet">Search for an API on the left, paste a URL
        above, or start from scratch.</p>`
      }`;
  }

  get named() {
    return { id: "hte-reference", problems: this.store.checks.at(["taskReferenceName"]) };
  }

  reference(task) {
    const { edits } = this.store;
    const rename = async ({ target }) => {
      if (target.value) await edits.rename(target.value);
      target.value = this.state.task.taskReferenceName; // as it was, where the name cannot be used
    };
    return html`<label data-pointer="/taskReferenceName">Reference
      <input class="control code ${this.named.problems.length ? "bad" : ""}" .value=${
        task.taskReferenceName ?? ""
      }
        ?readonly=${this.state.readOnly} aria-label="Task reference name" @change=${rename} /></label>`;
  }

  section(each) {
    return field(this.store, { schema: each.schema, root: each.root, path: each.path, name: null });
  }

  map(id, title) {
    return html`<p class="note">Each ${title} by name; a value may be text, or a list in JSON.</p>${field(this.store, {
      schema: map(title),
      root: null,
      path: this.places(id)[0],
      name: null,
    })}`;
  }

  auth(task) {
    const auth = options(task).auth;
    const kind = auth?.type ?? "";
    const kinds = authKinds(this.state.session);
    const schema = kinds[kind]?.schema ?? map("key");
    const choose = (event) =>
      this.store.edits[event.target.value ? "setValue" : "removeValue"](
        [...OPTIONS, "auth"],
        kinds[event.target.value]?.value,
      );
    return html`<label class="row">Authentication <select class="control" aria-label="Authentication kind"
      ?disabled=${this.state.readOnly} @change=${choose}>
        <option value="" ?selected=${!kind}>None</option>
        ${Object.entries(kinds).map(
          ([id, each]) => html`<option value=${id}
          ?selected=${id === kind}>${each.title}</option>`,
        )}
        ${kind && !kinds[kind] ? html`<option value=${kind} selected>${kind}</option>` : nothing}</select></label>
      ${kind ? field(this.store, { schema, root: schema, path: [...OPTIONS, "auth"], name: null }) : nothing}
      <p class="note">Write <code>\${workflow.secrets.NAME}</code> for a secret: its value stays on the server
        (<code>HTTPTASK_SECRET_NAME</code>) and is never shown here.</p>`;
  }

  behaviour(task) {
    return html`<section><h3>Time and responses</h3>${behaviours(this.state.session).map(
      ([where, name, schema, title]) => {
        const path = [...where(task), name];
        return getIn(task, path) === undefined
          ? nothing
          : field(this.store, { schema, root: schema, path, name: title });
      },
    )}
      ${this.addable(task)}</section>
      <section><h3>Retry</h3>${field(this.store, {
        schema: RETRY,
        root: RETRY,
        path: [...OPTIONS, "retry"],
        name: null,
      })}</section>`;
  }

  addable(task) {
    const absent = behaviours(this.state.session).filter(
      ([where, name]) => getIn(task, [...where(task), name]) === undefined,
    );
    return this.state.readOnly
      ? nothing
      : html`<div class="chips">${absent.map(
          ([
            where,
            name,
            schema,
            title,
          ]) => html`<button class="chip" title=${schema.description ?? title} aria-label="Add ${title}"
      @click=${() => this.store.edits.setValue([...where(task), name], schema.start)}>${icons.plus}${title}</button>`,
        )}</div>`;
  }
}

customElements.define("hte-request", RequestPane);
