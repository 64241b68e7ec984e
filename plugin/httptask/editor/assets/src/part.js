// A piece of the panel: drawn into the panel's one shadow root, again when what it reads in the store changes.

import { LitElement } from "../vendor/lit.js";

export class Part extends LitElement {
  static properties = { store: { attribute: false } };

  createRenderRoot() {
    return this;
  }

  /** Names of what it is drawn from in the store's state. */
  static reads = [];

  connectedCallback() {
    super.connectedCallback();
    const select = (state) => this.constructor.reads.map((name) => state[name]);
    this.stop = this.store.watch(select, () => this.requestUpdate());
    this.requestUpdate();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.stop();
  }

  get state() {
    return this.store.state;
  }
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
