// A text field of any kind in which `${` opens completion: inputs, secrets' names, upstream outputs.

import { html, ifDefined, live, nothing } from "../vendor/lit.js";
import { Part } from "./part.js";
import { isExpression } from "./schema.js";

const DELAY = 50;
let count = 0;

export class TextInput extends Part {
  static properties = {
    store: { attribute: false },
    value: {},
    label: {},
    describedby: {},
    field: {},
    placeholder: {},
    invalid: { type: Boolean },
    multiline: { type: Boolean },
    numeric: { type: Boolean },
    readonly: { type: Boolean },
    code: { type: Boolean },
    secret: { type: Boolean },
    names: { attribute: false },
    items: { state: true },
    active: { state: true },
  };

  constructor() {
    super();
    this.items = [];
    this.active = 0;
    this.listId = `hte-list-${(count += 1)}`;
  }

  get box() {
    return this.querySelector("textarea, input");
  }

  render() {
    const open = this.items.length > 0;
    const masked = this.secret && !isExpression(this.value);
    const classes = `control ${this.code ? "code" : ""} ${this.invalid ? "bad" : ""} ${masked ? "masked" : ""}`;
    return html`<textarea part="input" class=${classes} rows=${this.multiline ? 4 : 1} .value=${live(this.value ?? "")}
      id=${ifDefined(this.field)}
        aria-label=${ifDefined(this.label)} aria-describedby=${ifDefined(this.describedby || undefined)}
          aria-invalid=${this.invalid ? "true" : "false"}
        aria-autocomplete="list" aria-controls=${ifDefined(open ? this.listId : undefined)}
        aria-activedescendant=${ifDefined(open ? `${this.listId}-${this.active}` : undefined)}
        placeholder=${this.placeholder ?? ""} ?readonly=${this.readonly} spellcheck="false" autocapitalize="off"
          inputmode=${this.numeric ? "decimal" : "text"}
        @input=${this.typed} @keydown=${this.key} @blur=${this.shut} @click=${this.look}></textarea>
      ${open ? this.list() : nothing}`;
  }

  list() {
    return html`<div class="popup" id=${this.listId} role="listbox" aria-label="Completions">
      ${this.items.map(
        (item, index) => html`<div role="option" id="${this.listId}-${index}" class="option" aria-selected=${
          index === this.active ? "true" : "false"
        }
        @pointerdown=${(event) => {
          event.preventDefault();
          this.accept(item);
        }}>
        <span class="mono">${item.label}</span><span class="muted">${item.detail}</span>${
          item.value
            ? html`<span
          class="sample mono">${item.value}</span>`
            : nothing
        }
      </div>`,
      )}</div>`;
  }

  updated() {
    this.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  }

  typed(event) {
    this.emit(event.target.value);
    this.look();
  }

  emit(value) {
    this.value = value;
    this.dispatchEvent(new CustomEvent("value", { detail: value }));
  }

  /** The expression that the cursor stands in: its start and its text so far. */
  get open() {
    const { value, selectionStart } = this.box;
    const before = value.slice(0, selectionStart);
    const start = before.lastIndexOf("${");
    const inside = start >= 0 && !before.slice(start).includes("}") && value[start - 1] !== "$";
    return inside ? { start: start + 2, text: before.slice(start + 2) } : null;
  }

  /** The name of an input in a script that the cursor stands in. */
  get openName() {
    const { value, selectionStart } = this.box;
    const found = this.names && /\$\.(\w*)$/.exec(value.slice(0, selectionStart));
    return found ? { start: selectionStart - found[1].length, text: found[1] } : null;
  }

  look() {
    clearTimeout(this.timer);
    if (this.openName && !this.readonly) {
      const { text } = this.openName;
      const found = this.names.filter((name) => name.startsWith(text) && name !== text);
      this.items = found.map((name) => ({ label: name, text: name, detail: "input", value: "", plain: true }));
      this.active = 0;
      return;
    }
    if (!this.open || this.readonly) {
      this.shut();
      return;
    }
    this.timer = setTimeout(() => this.ask(), DELAY);
  }

  /** Ask what may follow; `step` is typed in thought only: a dot asks for what is below. */
  async ask(step = "") {
    const { open } = this;
    if (!open || !this.store.api) return;
    const items = await this.store.api.complete(this.store.draft, open.text + step).catch(() => []);
    const exact = items.length === 1 && items[0].text === open.text && !items[0].more;
    if (this.open?.text === open.text) {
      this.items = exact ? [] : items;
      this.active = 0;
    }
  }

  shut() {
    this.items = [];
  }

  key(event) {
    if (!this.items.length) return;
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (move) this.active = (this.active + move + this.items.length) % this.items.length;
    else if (["Enter", "Tab"].includes(event.key) && !event.ctrlKey && !event.metaKey)
      this.accept(this.items[this.active]);
    else if (event.key === "Escape") this.shut();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  accept(item) {
    const { start, text } = item.plain ? this.openName : this.open;
    const { value } = this.box;
    const after = value.slice(start + text.length);
    const closing = item.plain || /^[^{$]*}/.test(after) ? "" : "}";
    this.emit(value.slice(0, start) + item.text + closing + after);
    const cursor = start + item.text.length + (item.more || item.plain ? 0 : 1);
    this.box.value = this.value;
    this.box.setSelectionRange(cursor, cursor);
    this.shut();
    if (item.more) this.ask(".");
  }
}

customElements.define("hte-text", TextInput);
