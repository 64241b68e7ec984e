// Text with colours, a piece at a time.

import { html, nothing } from "../vendor/lit.js";
import { Part } from "./part.js";
import { grouped } from "./units.js";

const STEP = 100000;
const TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|\b(true|false|null)\b/g;

/** Properties: `text`, `label`, `json`: whether it is coloured. */
class Raw extends Part {
  static properties = { ...Part.properties, text: {}, label: {}, json: { type: Boolean }, shown: { state: true } };

  willUpdate(changed) {
    if (changed.has("text")) this.shown = STEP;
  }

  render() {
    const cut = this.text.slice(0, this.shown);
    const left = this.text.length - cut.length;
    const more = () => (this.shown += STEP * 5);
    return html`<pre class="raw" tabindex="0" aria-label=${this.label}>${this.json ? coloured(cut) : cut}</pre>
      ${
        left > 0
          ? html`<button class="link" @click=${more}>show more: ${grouped(left)} characters are
        left</button>`
          : nothing
      }`;
  }
}

function coloured(text) {
  const parts = [];
  let at = 0;
  for (const match of text.matchAll(TOKEN)) {
    const [whole, string, colon, number] = match;
    parts.push(text.slice(at, match.index));
    if (colon) parts.push(html`<span class="key">${string}</span>`, colon);
    else parts.push(html`<span class="value ${string ? "string" : number ? "number" : "word"}">${whole}</span>`);
    at = match.index + whole.length;
  }
  parts.push(text.slice(at));
  return parts;
}

customElements.define("hte-raw", Raw);
