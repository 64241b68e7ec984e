// The body of a response: as a tree, text, events, a table or raw, whichever it can be.

import { html, nothing } from "../vendor/lit.js";
import "./events.js";
import { isEvents, textOf } from "./events.js";
import { isReference } from "./file-input.js";
import * as icons from "./icons.js";
import { stringify } from "./lossless.js";
import { Part } from "./part.js";
import "./raw.js";
import "./stored-file.js";
import { tableOf, tableView } from "./table.js";
import "./tree.js";

/** Properties: `store`, `value`, `times` of events, `redacted`, `live`: events still arrive. Event `pick`: {path}. */
class BodyView extends Part {
  static properties = {
    ...Part.properties,
    value: { attribute: false },
    times: { attribute: false },
    redacted: { type: Boolean },
    live: { type: Boolean },
    count: {},
    view: { state: true },
  };

  render() {
    const { value } = this;
    const views = this.views(value);
    const view = views[this.view] ? this.view : Object.keys(views)[0];
    const button = ([id, title]) => html`<button class="segment" aria-pressed=${id === view ? "true" : "false"}
      @click=${() => (this.view = id)}>${title}</button>`;
    return html`${isReference(value) ? html`<hte-stored .store=${this.store} .value=${value}></hte-stored>` : nothing}
      <div class="row views"><div class="segments" role="group"
        aria-label="View">${Object.entries(views).map(button)}</div>
        ${this.live ? nothing : this.copies(value)}
        ${this.redacted ? html`<span class="tag" title="Secrets are shown as ***">redacted</span>` : nothing}</div>
      ${this.draw(view, value)}`;
  }

  views(value) {
    if (isEvents(value)) {
      const text = value.some((each) => textOf(each));
      const whole = this.live ? {} : { tree: "Tree", raw: "Raw" };
      return { ...(text ? { text: "Text" } : {}), events: "Events", ...whole };
    }
    return { tree: "Tree", ...(tableOf(value) ? { table: "Table" } : {}), raw: "Raw" };
  }

  draw(view, value) {
    const pick = (path) => this.dispatchEvent(new CustomEvent("pick", { detail: { path } }));
    if (view === "text")
      return html`<hte-raw .store=${this.store} label="Text of the stream"
        .text=${value.map(textOf).join("")}></hte-raw>`;
    if (view === "events")
      return html`<hte-events .store=${this.store} .events=${value} .times=${this.times} .count=${this.count}
        @pick=${({ detail }) => pick(detail.path)}></hte-events>`;
    if (view === "table") return tableView(tableOf(value), pick);
    if (view === "raw")
      return html`<hte-raw .store=${this.store} label="Raw body" ?json=${typeof value !== "string"}
        .text=${rawText(value)}></hte-raw>`;
    return html`<hte-tree .store=${this.store} .value=${value} .base=${["response", "body"]}
      @pick=${({ detail }) => pick(detail.path.slice(2))}></hte-tree>`;
  }

  copies(value) {
    const copy = (text, what) => this.store.copy(text, `Copied the body ${what}`);
    const nested = value !== null && typeof value === "object";
    return html`<button class="tool" aria-label="Copy the body" title="Copy the body"
        @click=${() => copy(rawText(value), nested ? "with indents" : "as text")}>${icons.copy}</button>
      ${
        nested
          ? html`<button class="tool text" aria-label="Copy the body on one line" title="Copy the body on one line"
        @click=${() => copy(stringify(value), "on one line")}>{}</button>`
          : nothing
      }`;
  }
}

const rawCache = new WeakMap();

export function rawText(value) {
  if (value === null || typeof value !== "object") return String(value);
  if (!rawCache.has(value)) rawCache.set(value, stringify(value, 2));
  return rawCache.get(value);
}

customElements.define("hte-body", BodyView);
