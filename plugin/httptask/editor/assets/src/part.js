// A piece of the panel: drawn into the panel's one shadow root, again whenever the store changes.

import { LitElement } from "../vendor/lit.js";

export class Part extends LitElement {
  static properties = { store: { attribute: false } };

  createRenderRoot() { return this; }

  connectedCallback() {
    super.connectedCallback();
    this.redraw = () => this.requestUpdate();
    this.store.addEventListener("change", this.redraw);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.store.removeEventListener("change", this.redraw);
  }

  get state() { return this.store.state; }
}

/** Arrow keys move among the tabs of a tablist. */
export function tabKeys(event) {
  const tabs = [...event.currentTarget.querySelectorAll("[role=tab]")];
  const at = tabs.indexOf(event.target);
  const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
  if (at < 0 || to === undefined) return;
  event.preventDefault();
  const next = tabs[(to + tabs.length) % tabs.length];
  next.focus();
  next.click();
}
