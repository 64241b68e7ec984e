// The file changed while it was open: the difference, and what can be done.

import { html } from "../vendor/lit.js";
import { diff } from "./diff.js";
import { stringify } from "./lossless.js";
import { Part } from "./part.js";

const CUT = 80;
const MOST = 40;

/** `state.conflict` is `{theirs, reload, overwrite, saveAs}`. */
class Conflict extends Part {
  static reads = ["conflict", "workflow"];

  render() {
    const { conflict, workflow } = this.state;
    if (!conflict) return html``;
    const found = diff(conflict.theirs, workflow);
    const act = (title, work, kind = "") =>
      html`<button class="small ${kind}" @click=${() => this.finish(work)}>${title}</button>`;
    return html`<section class="conflict" role="dialog" aria-label="The file changed meanwhile" part="conflict"
      @keydown=${this.key}>
      <p><strong>The file changed since it was opened.</strong> ${found.length} ${
        found.length === 1 ? "place differs" : "places differ"
      }: <span class="diff"><del>theirs</del> <ins>mine</ins></span></p>
      <ul class="diff" tabindex="0" aria-label="Differences">${found.slice(0, MOST).map(
        ({ path, before, after }) => html`<li><span class="mono path">${path.join(".")}</span>
        <del>${brief(before)}</del> <ins>${brief(after)}</ins></li>`,
      )}</ul>
      <p class="row">${act("Reload theirs", conflict.reload)} ${act(
        "Overwrite with mine",
        conflict.overwrite,
        "danger",
      )}
        ${act("Save mine as…", conflict.saveAs)} ${act("Go on editing", () => {})}</p></section>`;
  }

  key(event) {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    this.finish(() => {});
  }

  finish(work) {
    this.store.set({ conflict: null });
    work();
  }

  updated() {
    if (this.state.conflict && !this.shown) this.querySelector("button")?.focus();
    this.shown = this.state.conflict;
  }
}

function brief(value) {
  const text = stringify(value) ?? "nothing";
  return text.length > CUT ? `${text.slice(0, CUT)}…` : text;
}

customElements.define("hte-conflict", Conflict);
