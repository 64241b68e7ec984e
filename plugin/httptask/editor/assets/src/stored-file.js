// A stored response or output: what it is, its first bytes, and the file itself.

import { html, nothing } from "../vendor/lit.js";
import * as icons from "./icons.js";
import { Part } from "./part.js";
import "./tree.js";
import { size } from "./units.js";

const HEAD = 128;
const WIDTH = 16;
const SHOWN_TEXT = 200000;
const BROWSED = 50e6;
const AT_ONCE = 10e6;
const TEXT = /^text\/|json|xml|yaml|javascript|csv/;

/** Properties: `store`, `value`: the reference of the file. */
class StoredFile extends Part {
  static properties = {
    ...Part.properties,
    value: { attribute: false },
    head: { state: true },
    text: { state: true },
    json: { state: true },
  };

  willUpdate(changed) {
    if (changed.has("value") && this.value.sha256 !== this.known) this.load();
  }

  async load() {
    this.known = this.value.sha256;
    this.text = undefined;
    this.json = undefined;
    if (this.isJson && this.value.size <= AT_ONCE) await this.browse();
    if (this.json) return;
    const blob = await this.store.api.file(this.value.sha256, `bytes=0-${HEAD - 1}`).catch(() => null);
    this.head = blob && new Uint8Array(await blob.arrayBuffer());
  }

  get isJson() {
    return /[/+]json$/.test(this.value.mediaType ?? "") && this.value.size <= BROWSED;
  }

  /** Read the whole document; the tree draws only what is open. */
  browse = () =>
    this.store.guarded(async () => {
      this.json = { value: await this.store.api.storedJson(this.value.sha256) };
    });

  render() {
    const { mediaType, size: bytes } = this.value;
    const button = (title, act, icon = nothing) => html`<button class="small" ?disabled=${!this.head && !this.json}
      @click=${act}>${icon}${title}</button>`;
    const readable = !this.isJson && TEXT.test(mediaType ?? "") && this.text === undefined;
    return html`<div class="stored" part="stored-file">
      <p class="row">${icons.file}<strong>${mediaType || "a file"}</strong>
        <span class="muted">${size(bytes ?? 0)}</span>${button("Download", this.download, icons.download)}
        ${this.isJson && !this.json ? button("Browse", this.browse) : nothing}
        ${readable ? button("View", this.view) : nothing}</p>
      ${this.head === null ? html`<p class="note">This server has no such file of this session.</p>` : nothing}
      ${this.content()}</div>`;
  }

  content() {
    if (this.json)
      return html`<hte-tree .store=${this.store} .value=${this.json.value} .base=${[]}
        label="Stored document"></hte-tree>`;
    return this.text === undefined
      ? this.bytes()
      : html`<pre class="raw" tabindex="0" aria-label="File">${this.text}</pre>`;
  }

  bytes() {
    const isPicture = /^image\//.test(this.value.mediaType ?? ""); // it is in view already
    return this.head && !isPicture
      ? html`<pre class="raw hex" tabindex="0" aria-label="First bytes">${hex(this.head)}</pre>`
      : nothing;
  }

  download = () =>
    this.store.guarded(async () => {
      const url = URL.createObjectURL(await this.store.api.file(this.value.sha256));
      const name = String(this.value.path ?? this.value.sha256)
        .split(/[\\/]/)
        .at(-1);
      Object.assign(document.createElement("a"), { href: url, download: name }).click();
      setTimeout(() => URL.revokeObjectURL(url), 1000);
    });

  view = () =>
    this.store.guarded(async () => {
      const blob = await this.store.api.file(this.value.sha256, `bytes=0-${SHOWN_TEXT - 1}`);
      const rest = this.value.size > SHOWN_TEXT ? `\n… ${size(this.value.size - SHOWN_TEXT)} more` : "";
      this.text = (await blob.text()) + rest;
    });
}

function hex(bytes) {
  const line = (start) => {
    const row = [...bytes.slice(start, start + WIDTH)];
    const digits = row
      .map((each) => each.toString(16).padStart(2, "0"))
      .join(" ")
      .padEnd(WIDTH * 3);
    const text = row.map((each) => (each >= 32 && each < 127 ? String.fromCharCode(each) : "·")).join("");
    return `${start.toString(16).padStart(4, "0")}  ${digits} ${text}`;
  };
  return Array.from({ length: Math.ceil(bytes.length / WIDTH) }, (_, index) => line(index * WIDTH)).join("\n");
}

customElements.define("hte-stored", StoredFile);
