// Documentation of an operation.

import { html, nothing } from "../vendor/lit.js";
import { factsOf } from "./field.js";
import { link, markdown, plainText } from "./markdown.js";
import { Part } from "./part.js";
import { jsonType, resolve, typeLabel, withoutNull } from "./schema.js";
import { isBlank, options } from "./shape.js";

const DEPTH = 3;
const CHOICES = {
  server: "Server",
  mediaType: "Media type",
  auth: "Authentication",
  branch: "Shape of the body",
  paging: "Pages",
};

const ONE = "the first";
const ALL = "all";

class Docs extends Part {
  static reads = ["operation", "operationId", "choices", "task", "readOnly"];

  render() {
    const { operation, operationId } = this.state;
    if (!operation || (operation.id ?? operationId) !== operationId)
      return html`<p class="quiet" role="status">Loading the documentation…</p>`;
    const url = operation.documentation;
    return html`<article class="docs" part="docs" aria-label="Documentation" tabindex="0">
      <h2>${plainText(operation.title || operation.path)}${
        operation.deprecated ? html`<span class="tag">deprecated</span>` : nothing
      }</h2>
      <p class="where"><span class="method ${operation.method.toLowerCase()}">${operation.method}</span>
        <code>${operation.path}</code></p>
      ${this.choices(operation)}${this.buttons()}
      ${markdown(operation.description || operation.summary)}
      ${url ? html`<p>${link(url, "Full documentation")}</p>` : nothing}
      ${this.servers(operation)} ${this.auth(operation)}
      ${Object.entries({
        path: "Path parameters",
        query: "Query parameters",
        headers: "Headers",
        cookies: "Cookies",
      }).map(([place, title]) =>
        this.fields(title, operation.parametersSchema?.properties?.[place], operation.parametersSchema),
      )}
      ${this.fields("Request body", operation.requestSchema, operation.requestSchema)}
      ${this.responses(operation)}
    </article>`;
  }

  buttons() {
    const { task, operationId, readOnly, choices } = this.state;
    if (readOnly || isBlank(task)) return nothing;
    if (options(task).operation?.id === operationId) {
      return Object.keys(choices).length
        ? html`<p class="row"><button class="primary small"
          @click=${() => this.store.catalogue.use(operationId)}>Prepare
          again</button> <span class="note">replaces this task’s request</span></p>`
        : nothing;
    }
    return html`<p class="row"><button class="primary small" @click=${() =>
      this.store.catalogue.use(operationId, { asNew: true })}>Add as a new task</button>
      <button class="small" @click=${() => this.store.catalogue.use(operationId)}>Replace this task’s
        request</button></p>`;
  }

  /** What there is to choose from when the request is prepared, where there is more than one. */
  choices({ servers = [], mediaTypes = [], mediaType, auth = [], branches = [], paging, allPages }) {
    const first = servers.findIndex((each) => each.public);
    const other = first < 0 || servers.length > 1;
    const given = {
      server: other && servers.map((each, index) => [index, each.url + (each.public ? "" : " (not public)")]),
      mediaType: mediaTypes.length > 1 && mediaTypes.map((each) => [each, each]),
      auth: auth.length > 1 && auth.map((each, index) => [index, each.name]),
      branch: branches.length > 1 && branches.map((each) => [each, each]),
      paging: paging && [[!allPages, allPages ? ONE : ALL]],
    };
    const usual = {
      server: servers[first]?.url ?? "an input of the workflow",
      mediaType,
      auth: "the first that a task can carry",
      branch: branches[0],
      paging: allPages ? ALL : ONE,
    };
    const offered = Object.entries(given).filter(([, list]) => list && list.length);
    return html`<div class="choices">${offered.map(([name, list]) => this.choice(name, list, usual[name]))}</div>`;
  }

  choice(name, list, usual) {
    const { choices, readOnly } = this.state;
    const chosen = choices[name] ?? "";
    const pick = (event) =>
      this.store.catalogue.prefer(name, event.target.selectedIndex ? list[event.target.selectedIndex - 1][0] : "");
    return html`<label class="choice">${CHOICES[name]} <select class="control" aria-label=${CHOICES[name]}
      ?disabled=${readOnly} @change=${pick}>
      <option ?selected=${chosen === ""}>${usual} – default</option>${list.map(
        ([value, text]) => html`<option
        ?selected=${value === chosen}>${text}</option>`,
      )}</select></label>`;
  }

  servers({ servers = [] }) {
    return servers.length
      ? html`<h3>Servers</h3><ul class="plain-list">${servers.map(
          (each) => html`<li><code>${each.url}</code>
        ${each.public ? nothing : html`<span class="tag">not public: used only if chosen</span>`}</li>`,
        )}</ul>`
      : nothing;
  }

  auth({ auth = [] }) {
    return auth.length
      ? html`<h3>Authentication</h3><ul class="plain-list">${auth.map(
          (each) =>
            html`<li>${
              typeof each === "string" ? each : (each.name ?? each.type)
            } ${each.description ? markdown(each.description) : nothing}</li>`,
        )}</ul>`
      : nothing;
  }

  fields(title, schema, root, depth = 0) {
    const { schema: plain } = withoutNull(resolve(schema ?? {}, root));
    const properties = Object.entries(plain.properties ?? {});
    if (!properties.length) return nothing;
    const required = new Set(plain.required ?? []);
    const ordered = [
      ...properties.filter(([name]) => required.has(name)),
      ...properties.filter(([name]) => !required.has(name)),
    ];
    return html`${title ? html`<h3>${title}</h3>` : nothing}<dl>${ordered.map(([name, each]) => {
      const found = withoutNull(resolve(each, root)).schema;
      return html`<dt><code>${name}</code> <span class="type">${typeLabel(each, root)}</span>${
        required.has(name) ? html`<span class="tag">required</span>` : nothing
      }</dt>
        <dd>${markdown(found.description)} ${
          found.enum
            ? html`<span class="fact">one of
          ${found.enum.map((value) => html`<code>${value}</code> `)}</span>`
            : nothing
        }
          ${factsOf(found).map(([label, value]) => html`<span class="fact">${label} <code>${value}</code></span>`)}
          ${
            depth < DEPTH
              ? this.fields("", jsonType(found.items) === "object" ? found.items : found, root, depth + 1)
              : nothing
          }</dd>`;
    })}</dl>`;
  }

  responses({ responses = {} }) {
    const list = Array.isArray(responses) ? responses.map((each) => [each.status, each]) : Object.entries(responses);
    return list.length
      ? html`<h3>Responses</h3><dl>${list.map(
          ([status, each]) => html`<dt><code>${status}</code></dt>
      <dd>${markdown(each.description)}${each.schema ? this.fields("", each.schema, each.schema, 1) : nothing}</dd>`,
        )}</dl>`
      : nothing;
  }
}

customElements.define("hte-docs", Docs);
