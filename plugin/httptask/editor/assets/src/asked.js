// Values that a test needs because nothing upstream has them: asked for, and remembered.

import { html, live, nothing } from "../vendor/lit.js";

export function asksFor(store) {
  const enter = (event) => event.key === "Enter" && !event.ctrlKey && !event.metaKey && store.tests.start();
  const { asked } = store.tests;
  const { asking, typing } = store.state;
  if (!asked.length) return nothing;
  const { missing } = store.tests;
  return html`<details class="asked" ?open=${asking || typing || missing.length > 0} @keydown=${enter}>
    <summary>Inputs for this test ${
      missing.length
        ? html`<span class="tag">${missing.length} missing</span>`
        : html`<span class="count">${asked.length}</span>`
    }</summary>
    ${asked.map(
      (text) => html`<label class="ask"><code>${text}</code>
      <input class="control code ${asking && missing.includes(text) ? "bad" : ""}" data-ask=${text}
        .value=${live(store.tests.inputFor(text))} placeholder="text or JSON" @input=${(event) =>
          store.tests.setInput(text, event.target.value)} @focus=${() => store.set({ typing: true })} /></label>`,
    )}
    <p class="note">Kept in this browser. Secrets are never asked for: they stay on the server.</p></details>`;
}
