// The catalogue: a search box with its results, and the documentation of the operation in view.

import { html, nothing, repeat } from "../vendor/lit.js";
import { looksLikeRequest } from "./catalogue.js";
import "./docs.js";
import * as icons from "./icons.js";
import { plainText } from "./markdown.js";
import "./outline.js";
import { Part } from "./part.js";
import { isBlank } from "./shape.js";

class SearchPane extends Part {
  static reads = ["query", "hits", "active", "searching", "nothing", "searchError", "operationId", "task"];

  render() {
    const { query, hits, active, operationId } = this.state;
    return html`
      <div class="search-box">
        ${icons.search}
        <input class="control" type="text" role="combobox" part="search" aria-label="Search APIs"
          placeholder="Search APIs, or paste cURL" aria-autocomplete="list"
          aria-expanded=${hits.length ? "true" : "false"} aria-controls="hte-hits" aria-activedescendant=${
            active >= 0 && hits.length ? `hte-hit-${active}` : ""
          }
          autocomplete="off" spellcheck="false" .value=${query}
            @input=${(event) => this.store.catalogue.search(event.target.value)} @paste=${this.paste}
              @keydown=${this.key} />
        <kbd>Ctrl K</kbd>
      </div>
      <div class="sr" role="status">${this.count()}</div>
      <div class="hits" id="hte-hits" role="listbox" aria-label="Operations" ?hidden=${!hits.length}>
        ${repeat(
          hits,
          (hit) => hit.id,
          (hit, index) => this.hit(hit, index),
        )}</div>
      ${this.problem()}
      <hte-outline .store=${this.store}></hte-outline>
      ${operationId ? html`<hte-docs .store=${this.store}></hte-docs>` : nothing}`;
  }

  count() {
    const { query, hits, searching } = this.state;
    return !query || searching ? "" : `${hits.length} operations`;
  }

  problem() {
    const { query, nothing: none, searchError } = this.state;
    if (searchError)
      return html`<p class="quiet message error">${icons.warn}<span>${searchError.message}
        ${searchError.hint}</span></p>`;
    if (looksLikeRequest(query)) return html`<p class="quiet">Enter makes a step of this request.</p>`;
    if (!none) return nothing;
    return html`<p class="quiet">Nothing found for “${query}”. Try other words, a path such as <code>/images</code>, or
      <code>httptask catalog add</code> for more APIs.</p>`;
  }

  hit(hit, index) {
    const { active, operationId } = this.state;
    const title = plainText(hit.summary || hit.path);
    return html`<div class="hit ${hit.id === operationId ? "current" : ""}" role="option" id="hte-hit-${index}"
      aria-selected=${index === active ? "true" : "false"}
        title=${title} @click=${() => this.take(hit)}>
      <span class="method ${hit.method.toLowerCase()}">${hit.method}</span>
      <span class="hit-text"><span class="hit-title">${title}</span><span
        class="hit-sub">${hit.title || hit.api} · <span class="mono">${hit.path}</span></span></span>
    </div>`;
  }

  /** A request in another format becomes a step; words are searched for. */
  paste(event) {
    const text = event.clipboardData.getData("text");
    if (this.state.readOnly || !looksLikeRequest(text)) return;
    event.preventDefault();
    this.store.catalogue.import(text);
  }

  key(event) {
    const { hits, active } = this.state;
    const move = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }[event.key];
    if (move && hits.length) {
      event.preventDefault();
      this.store.set({ active: Math.min(hits.length - 1, Math.max(0, active + move)) });
      requestAnimationFrame(() => this.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" }));
    } else if (event.key === "Enter" && looksLikeRequest(this.state.query) && !this.state.readOnly) {
      event.preventDefault();
      this.store.catalogue.import(this.state.query);
    } else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey && hits[active]) {
      event.preventDefault();
      this.take(hits[active]);
    } else if (event.key === "Escape" && this.state.query) {
      event.stopPropagation();
      this.store.catalogue.search("");
    }
  }

  async take(hit) {
    const fresh = isBlank(this.state.task);
    const { moves } = this.store;
    await this.store.catalogue.take(hit.id);
    if (!fresh) return;
    await this.store.checks.now();
    if (moves !== this.store.moves) return;
    const [missing] = this.store.tests.missing;
    this.store.tell(missing ? "ask" : "prepared", { text: missing });
  }
}

customElements.define("hte-search", SearchPane);
