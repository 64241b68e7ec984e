// Values that a test needs because nothing upstream has them, and secrets that the server lacks.

import { html, ifDefined, live, nothing } from "../vendor/lit.js";
import "./file-input.js";

export function asksFor(store) {
  const { asked, missing, missingSecrets } = store.tests;
  const { asking, typing, connected } = store.state;
  if (!asked.length && !(missingSecrets.length && connected)) return nothing;
  const enter = (event) =>
    event.key === "Enter" && !event.ctrlKey && !event.metaKey && event.target.dataset.ask && store.tests.start();
  const count = missing.length + missingSecrets.length;
  return html`<details class="asked" ?open=${asking || typing || count > 0} @keydown=${enter}>
    <summary>Inputs for this test ${
      count ? html`<span class="tag">${count} missing</span>` : html`<span class="count">${asked.length}</span>`
    }</summary>
    ${missingSecrets.map((name) => secret(store, name))}
    ${asked.map((text) => ask(store, text, asking && missing.includes(text)))}
    ${
      asked.length
        ? html`<p class="note">Kept on the server for the next test; what may be a secret is not
      kept.</p>`
        : nothing
    }</details>`;
}

/** A secret that is not set: how to set it, and a field that sets it on the server until that stops. */
function secret(store, name) {
  const set = (event) => {
    event.preventDefault();
    const box = event.target.elements.value;
    const { value } = box;
    box.value = "";
    if (value) store.tests.setSecret(name, value);
  };
  return html`<form class="ask" @submit=${set}><label for="hte-secret-${name}">The secret <code>${name}</code> is not
    set</label>
    <span class="row"><input class="control code grow" type="password" name="value" id="hte-secret-${name}"
      autocomplete="off"
      placeholder="value" /><button class="small">Set for this session</button></span>
    <p class="note">Or set <code>HTTPTASK_SECRET_${name}</code> where the server runs. It stays on the
      server.</p></form>`;
}

function ask(store, text, bad) {
  const set = (value) => store.tests.setInput(text, value);
  const take = ({ detail: { reference } }) => set(JSON.stringify(reference));
  const choices = store.tests.offered(text);
  const list = choices.length ? `hte-offers-${text}` : undefined;
  return html`<label class="ask"><code>${text}</code>
    <input class="control code ${bad ? "bad" : ""}" data-ask=${text} .value=${live(store.tests.inputFor(text))}
      type=${store.tests.isSecret(text) ? "password" : "text"} list=${ifDefined(list)} autocomplete="off"
      placeholder="text or JSON" @input=${({ target }) => set(target.value)}
      @focus=${() => store.set({ typing: true })} /></label>
    ${
      list
        ? html`<datalist id=${list}>${choices.map((each) => html`<option value=${each}></option>`)}</datalist>`
        : nothing
    }
    ${
      store.tests.isFile(text)
        ? html`<hte-file .store=${store} .value=${store.tests.given(text)} label=${text}
      @file=${take}></hte-file>`
        : nothing
    }`;
}
