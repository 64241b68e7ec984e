// The requests exactly as they were sent.

import { html, nothing } from "../vendor/lit.js";
import { size } from "./units.js";

export function requestView(store, trace) {
  if (!trace?.exchanges.length) return html`<p class="quiet">Nothing was sent.</p>`;
  return trace.exchanges.map(
    (exchange) => html`<section class="exchange">
    ${trace.exchanges.length > 1 ? html`<h3>${exchange.purpose} · attempt ${exchange.attempt}</h3>` : nothing}
    <pre class="raw" tabindex="0"
      aria-label="Request as sent">${head(exchange.request)}</pre>${body(exchange.request.body)}</section>`,
  );
}

function head({ method, url, httpVersion, headers }) {
  return [
    `${method} ${url} ${httpVersion ? `HTTP/${httpVersion}` : ""}`.trim(),
    ...headers.map(([name, value]) => `${name}: ${value}`),
  ].join("\n");
}

function body(sent) {
  if (!sent || !sent.size) return html`<p class="note">No body.</p>`;
  const text = sent.text ?? (sent.base64 ? `base64: ${sent.base64}` : "");
  return html`<p class="note">${sent.mediaType} · ${size(sent.size)}${sent.truncated ? " · shortened" : ""}</p>${
    text ? html`<pre class="raw" tabindex="0" aria-label="Body as sent">${text}</pre>` : nothing
  }`;
}
