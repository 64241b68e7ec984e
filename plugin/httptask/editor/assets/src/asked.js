// Values that a test needs because nothing upstream has them: asked for, and remembered.

import { html, live, nothing } from "../vendor/lit.js";
import "./file-input.js";

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
    ${asked.map((text) => ask(store, text, asking && missing.includes(text)))}
    <p class="note">Kept in this browser. Secrets are never asked for: they stay on the server.</p></details>`;
}

function ask(store, text, bad) {
  const set = (value) => store.tests.setInput(text, value);
  const take = ({ detail: { reference } }) => set(JSON.stringify(reference));
  return html`<label class="ask"><code>${text}</code>
    <input class="control code ${bad ? "bad" : ""}" data-ask=${text} .value=${live(store.tests.inputFor(text))}
      placeholder="text or JSON" @input=${({ target }) => set(target.value)}
      @focus=${() => store.set({ typing: true })} /></label>
    ${
      store.tests.isFile(text)
        ? html`<hte-file .store=${store} .value=${store.tests.given(text)} label=${text}
      @file=${take}></hte-file>`
        : nothing
    }`;
}
