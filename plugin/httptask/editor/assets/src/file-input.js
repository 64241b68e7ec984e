// A file: picked or dropped, stored on the server, and held as a reference.

import { html, nothing } from "../vendor/lit.js";
import * as icons from "./icons.js";
import { Part } from "./part.js";
import { size } from "./units.js";

export const isReference = (value) =>
  value !== null &&
  typeof value === "object" &&
  typeof value.path === "string" &&
  /^[0-9a-f]{64}$/.test(String(value.sha256));

/** Properties: `store`, `label`, `value` (a reference or anything else). Event `file`: {reference, name}. */
class FileInput extends Part {
  static reads = ["readOnly"];

  static properties = {
    ...Part.properties,
    label: {},
    value: { attribute: false },
    busy: { state: true },
    over: { state: true },
    picked: { state: true },
  };

  render() {
    const { value } = this;
    if (this.state.readOnly) return isReference(value) ? this.shown(value) : nothing;
    return html`<div class="file-drop ${this.over ? "over" : ""}" part="file" @dragover=${this.#dragOver}
      @dragleave=${() => (this.over = false)} @drop=${this.#drop}>
      <label class="file-pick">${icons.file}${this.busy ? "storing…" : "Choose a file"}
        <input type="file" class="sr" aria-label="File for ${this.label}" @change=${this.#pick} /></label>
      ${isReference(value) ? this.shown(value) : html`<span class="muted">or drop it here</span>`}</div>`;
  }

  shown({ sha256, size: bytes, mediaType }) {
    const name = this.picked?.sha256 === sha256 ? this.picked.name : `${sha256.slice(0, 12)}…`;
    return html`<span class="file-name"><strong>${name}</strong>
      <span class="muted">${[bytes === undefined ? "" : size(bytes), mediaType]
        .filter(Boolean)
        .join(" · ")}</span></span>`;
  }

  #dragOver = (event) => {
    if (!event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    this.over = true;
  };

  #drop = (event) => {
    event.preventDefault();
    this.over = false;
    this.take(event.dataTransfer.files[0]);
  };

  #pick = ({ target }) => {
    this.take(target.files[0]);
    target.value = "";
  };

  async take(file) {
    if (!file) return;
    this.busy = true;
    await this.store.guarded(async () => {
      const reference = await this.store.api.upload(file);
      this.picked = { sha256: reference.sha256, name: file.name };
      this.dispatchEvent(new CustomEvent("file", { detail: { reference, name: file.name } }));
    });
    this.busy = false;
  }
}

customElements.define("hte-file", FileInput);
