// Picking a value of an earlier step for a field: searched, by keys, or dragged.

import { html, nothing } from "../vendor/lit.js";
import { Part } from "./part.js";
import { dragged } from "./dragged.js";

const LIST = "hte-values";

/** Properties: `store`, `label`: of the field. Events `pick`: the expression; `shut`. */
class Picker extends Part {
  static properties = {
    ...Part.properties,
    label: {},
    words: { state: true },
    values: { state: true },
    active: { state: true },
  };

  constructor() {
    super();
    Object.assign(this, { words: "", values: null, active: 0 });
  }

  async firstUpdated() {
    this.querySelector("input").focus();
    await this.look("");
  }

  look(words) {
    this.words = words;
    this.looking = this.store.guarded(async () => {
      const values = await this.store.api.values(this.store.draft, words);
      if (words === this.words) Object.assign(this, { values, active: 0 });
    });
    return this.looking;
  }

  render() {
    const { values, active } = this;
    return html`<div class="picker" part="picker" @keydown=${this.key} @focusout=${this.left}>
      <input class="control" type="text" role="combobox" aria-label="Search values for ${this.label}"
        placeholder="Search earlier steps and inputs" autocomplete="off" spellcheck="false" aria-expanded="true"
        aria-controls=${LIST} aria-activedescendant=${values?.length ? `${LIST}-${active}` : ""}
        .value=${this.words} @input=${({ target }) => this.look(target.value)} />
      <div class="values" id=${LIST} role="listbox" aria-label="Values">${values?.map((each, index) =>
        this.option(each, index),
      )}</div>
      ${values && !values.length ? html`<p class="note">Nothing that this step may read matches.</p>` : nothing}</div>`;
  }

  option({ step, label, text, detail, value }, index) {
    const first = step !== this.values[index - 1]?.step;
    return html`${first ? html`<div class="values-step" role="presentation">${step}</div>` : nothing}
      <div class="option" role="option" id="${LIST}-${index}" aria-label="${step} ${label}"
        aria-selected=${index === this.active ? "true" : "false"} draggable="true"
        @dragstart=${(event) => dragged(event, text)} @click=${() => this.pick(index)}>
        <span class="mono">${label}</span><span class="muted">${detail}</span>${
          value ? html`<span class="sample mono">${value}</span>` : nothing
        }</div>`;
  }

  updated() {
    this.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  }

  key(event) {
    const last = (this.values?.length ?? 0) - 1;
    const by = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }[event.key];
    if (by) this.active = Math.max(0, Math.min(last, this.active + by));
    else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) this.looking.then(() => this.pick(this.active));
    else if (event.key === "Escape") this.send("shut");
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** It goes when the focus goes elsewhere in the panel; a drag takes it nowhere. */
  left({ relatedTarget }) {
    if (relatedTarget && !this.contains(relatedTarget)) this.send("shut");
  }

  /** Nothing is picked where nothing is found; Enter waits for what was typed before it. */
  pick(index) {
    if (this.values?.[index]) this.send("pick", `\${${this.values[index].text}}`);
  }

  send(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

customElements.define("hte-picker", Picker);
