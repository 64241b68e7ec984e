// The optional fields of an object that are not there: a chip adds one. Many are searched.

import { html, nothing } from "../vendor/lit.js";
import * as icons from "./icons.js";
import { plainText } from "./markdown.js";
import { Part } from "./part.js";
import { initial, resolve, typeLabel } from "./schema.js";

const MANY = 16;
const SHOWN = 12;
const TITLE = 300;

/** Properties: `store`, `schema`, `root`, `path`: the object's; `names`: what can be added. */
class OptionalFields extends Part {
  static properties = {
    ...Part.properties,
    schema: { attribute: false },
    root: { attribute: false },
    path: { attribute: false },
    names: { attribute: false },
    filter: { state: true },
    whole: { state: true },
  };

  constructor() {
    super();
    Object.assign(this, { filter: "", whole: false });
  }

  render() {
    const { names, filter } = this;
    const many = names.length > MANY;
    const found = filter ? names.filter((name) => this.matches(name)) : names;
    const shown = many && !filter && !this.whole ? found.slice(0, SHOWN) : found;
    return html`${many ? this.search() : nothing}<div class="chips" role="group"
      aria-label="Optional fields">${shown.map((name) => this.chip(name))}
      ${
        shown.length < found.length
          ? html`<button class="link" @click=${() => (this.whole = true)}>all ${found.length}</button>`
          : nothing
      }
      ${found.length ? nothing : html`<span class="note">No field matches.</span>`}</div>`;
  }

  search() {
    return html`<input class="control field-filter" type="search" aria-label="Search the optional fields"
      placeholder="Search ${this.names.length} optional fields" .value=${this.filter}
      @input=${({ target }) => (this.filter = target.value)} />`;
  }

  matches(name) {
    return `${name} ${this.about(name)}`.toLowerCase().includes(this.filter.toLowerCase());
  }

  about(name) {
    const written = this.schema.properties[name];
    const { description } = resolve(written, this.root);
    return description ? plainText(description) : typeLabel(written, this.root);
  }

  chip(name) {
    const { deprecated } = resolve(this.schema.properties[name], this.root);
    return html`<button class="chip" title=${this.about(name).slice(0, TITLE)} aria-label="Add ${name}${
      deprecated ? ", deprecated" : ""
    }" @click=${() => this.add(name)}>${icons.plus}${deprecated ? html`<s>${name}</s>` : name}</button>`;
  }

  add(name) {
    const path = [...this.path, name];
    this.filter = "";
    this.store.edits.setValue(path, initial(this.schema.properties[name], this.root));
    this.store.tell("focus", { path });
  }
}

customElements.define("hte-optional", OptionalFields);
